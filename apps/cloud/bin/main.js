// The entry of the process, in JavaScript: it turns the compile cache on before the first line of TypeScript is read. From then on
// a start compiles nothing and does not load the compiler, which saves about 60 ms and 16 MB.
import { enableCompileCache } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

// Within the project, and not in the folder for temporary files: whoever can write the cache decides what runs.
// Where it cannot be written the code is compiled as ever. NODE_COMPILE_CACHE names another place.
enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/arcana", import.meta.url)));

// Password hashes, one for each core, must leave threads to what else waits for one: token signatures, files, names.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism() + 2));

await import("../src/main.ts");
