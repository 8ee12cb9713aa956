// The raw rate of password verification: as many at once as there are cores, nothing else in the process.
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";

const durationMs = Number(process.argv[2]);
// The library declares its enum as `const`, which code that runs as it is cannot import.
const argon2id = 2;
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const stored = await hash("correct horse battery", parameters);
const until = performance.now() + durationMs;
let done = 0;
const started = performance.now();
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    while (performance.now() < until) {
      if (!(await verify(stored, "correct horse battery"))) throw new Error("the hash does not verify");
      done++;
    }
  }),
);
console.log(done / ((performance.now() - started) / 1000));
