// Generates TypeScript from the contracts: `npm run generate`, or with `--check` to compare with what is committed.
//
// Needs `protoc` on the PATH (Debian: protobuf-compiler). Generated code is committed, so only who changes a
// contract needs it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const root = join(import.meta.dirname, "..");

interface Target {
  /** Folder of the .proto files to generate from. */
  readonly protos: string;
  /** Folder that receives the generated code; nothing else may live there. */
  readonly out: string;
  readonly options: readonly string[];
  /** Whether to write the comments of operations and messages, for OpenAPI. */
  readonly comments: boolean;
}

const targets: readonly Target[] = [
  {
    protos: "packages/framework/proto",
    out: "packages/framework/src/gen",
    options: [],
    comments: false,
  },
  {
    protos: "proto",
    out: "apps/cloud/src/gen",
    options: [
      "rewrite_imports=./buf/validate/validate_pb.js:@bufbuild/protovalidate/gen",
      "rewrite_imports=./arcana/access/**/*_pb.js:@arcana/framework/gen",
      "rewrite_imports=./google/api/*_pb.js:@arcana/framework/gen",
    ],
    comments: true,
  },
];

/** The descriptors of `buf/validate` come out of the npm package: no schema registry is needed. */
function validateDescriptorSet(): Uint8Array {
  const files: FileDescriptorProto[] = [];
  const seen = new Set<string>();
  const visit = (file: typeof file_buf_validate_validate): void => {
    if (seen.has(file.name)) return;
    seen.add(file.name);
    for (const dependency of file.dependencies) visit(dependency);
    files.push(file.proto);
  };
  visit(file_buf_validate_validate);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: files }));
}

function listFiles(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function protoc(args: readonly string[]): void {
  try {
    execFileSync("protoc", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      console.error("protoc was not found: install it (Debian: apt-get install protobuf-compiler), then run this again.");
      process.exit(1);
    }
    console.error("protoc failed; its message stands above.");
    process.exit(1);
  }
}

/** Field numbers of descriptor.proto that make up a `SourceCodeInfo.Location.path`. */
const PATH = { message: 4, enum: 5, service: 6, field: 2, nestedMessage: 3, nestedEnum: 4, enumValue: 2, method: 2 } as const;

/** The leading comments of a file's services, methods, messages, fields, enums and values, by full name. */
function commentsOf(file: FileDescriptorProto): Map<string, string> {
  const byPath = new Map<string, string>();
  for (const location of file.sourceCodeInfo?.location ?? []) {
    const text = location.leadingComments
      .split("\n")
      .map((line) => line.trim())
      .join(" ")
      .trim();
    if (text !== "") byPath.set(location.path.join("."), text);
  }
  const found = new Map<string, string>();
  const note = (name: string, path: readonly number[]): void => {
    const text = byPath.get(path.join("."));
    if (text !== undefined) found.set(name, text);
  };
  type Message = FileDescriptorProto["messageType"][number];
  const visitMessage = (message: Message, prefix: string, path: readonly number[]): void => {
    const name = `${prefix}.${message.name}`;
    note(name, path);
    message.field.forEach((field, index) => {
      note(`${name}.${field.name}`, [...path, PATH.field, index]);
    });
    message.nestedType.forEach((nested, index) => {
      visitMessage(nested, name, [...path, PATH.nestedMessage, index]);
    });
    message.enumType.forEach((nested, index) => {
      note(`${name}.${nested.name}`, [...path, PATH.nestedEnum, index]);
    });
  };
  file.messageType.forEach((message, index) => {
    visitMessage(message, file.package, [PATH.message, index]);
  });
  file.enumType.forEach((type, index) => {
    note(`${file.package}.${type.name}`, [PATH.enum, index]);
  });
  file.service.forEach((service, index) => {
    note(`${file.package}.${service.name}`, [PATH.service, index]);
    service.method.forEach((method, m) => {
      note(`${file.package}.${service.name}.${method.name}`, [PATH.service, index, PATH.method, m]);
    });
  });
  return found;
}

function commentsModule(set: Uint8Array, of: readonly string[]): string {
  const all: [string, string][] = [];
  for (const file of fromBinary(FileDescriptorSetSchema, set).file) {
    if (of.includes(file.name)) all.push(...commentsOf(file));
  }
  const lines = all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},`);
  return [
    "// The comments of the contracts, by full name. Generated from the .proto files: do not edit.",
    "export const comments: Readonly<Record<string, string>> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

/** Generates one target into `out`. */
function generate(target: Target, out: string, scratch: string): void {
  const validate = join(scratch, "validate.binpb");
  writeFileSync(validate, validateDescriptorSet());
  const own = listFiles(join(root, target.protos), ".proto");
  const include = ["packages/framework/proto", "proto", "/usr/include", "/usr/local/include"]
    .filter((folder) => existsSync(folder.startsWith("/") ? folder : join(root, folder)))
    .map((folder) => `-I${folder}`);
  // Two passes: generated code carries no comments of other people's files, OpenAPI gets those of ours.
  // protoc wants either sources or descriptors for a name, so validate.proto is written out as descriptors only.
  const withComments = join(scratch, "commented.binpb");
  protoc([`--descriptor_set_in=${validate}`, ...include, "--include_imports", "--include_source_info", `-o${withComments}`, ...own]);
  const plain = fromBinary(FileDescriptorSetSchema, readFileSync(withComments));
  for (const file of plain.file) file.sourceCodeInfo = undefined as never;
  const set = join(scratch, "plain.binpb");
  writeFileSync(set, toBinary(FileDescriptorSetSchema, plain));
  mkdirSync(out, { recursive: true });
  const options = ["target=ts", "import_extension=ts", "erasable_syntax=true", ...target.options].join(",");
  protoc([
    `--descriptor_set_in=${set}`,
    `--plugin=protoc-gen-es=${join(root, "node_modules/.bin/protoc-gen-es")}`,
    `--es_out=${out}`,
    `--es_opt=${options}`,
    ...own,
  ]);
  if (target.comments) writeFileSync(join(out, "comments.ts"), commentsModule(readFileSync(withComments), own));
}

function sameFolder(a: string, b: string): string[] {
  const names = new Set([...listFiles(a, ".ts"), ...listFiles(b, ".ts")]);
  const read = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  return [...names].filter((name) => read(join(a, name)) !== read(join(b, name)));
}

const check = process.argv.includes("--check");
const scratch = mkdtempSync(join(tmpdir(), "arcana-generate-"));
let stale = 0;
try {
  for (const target of targets) {
    const destination = join(root, target.out);
    const fresh = join(scratch, target.out);
    mkdirSync(dirname(fresh), { recursive: true });
    generate(target, fresh, scratch);
    if (check) {
      for (const name of sameFolder(fresh, destination)) {
        console.error(`${join(target.out, name)} is not what the contracts say: run \`npm run generate\` and commit the result.`);
        stale++;
      }
    } else {
      rmSync(destination, { recursive: true, force: true });
      for (const name of listFiles(fresh, ".ts")) {
        mkdirSync(dirname(join(destination, name)), { recursive: true });
        writeFileSync(join(destination, name), readFileSync(join(fresh, name)));
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = stale === 0 ? 0 : 1;
