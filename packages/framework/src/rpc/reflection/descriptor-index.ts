/** Finds the file that declares a name, among the files that the served contracts stand in and import. */
import type { DescFile, DescService } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import type { DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

export interface DescriptorIndex {
  /** By name, such as `arcana/user/v1/user.proto`. */
  findFile(name: string): DescFile | undefined;
  /** By the full name of anything in it: service, method, message, field, oneof, enum, enum value, extension. */
  findFileOfSymbol(name: string): DescFile | undefined;
  findFileOfExtension(extendee: string, number: number): DescFile | undefined;
  /** The numbers of all known extensions of a message type, in order; undefined where there is no such type. */
  findExtensionNumbers(extendee: string): readonly number[] | undefined;
  /** The file as a serialised `FileDescriptorProto`. */
  bytesOf(file: DescFile): Uint8Array;
}

/** Indexes the files of the services and all that they import. */
export function createDescriptorIndex(services: readonly DescService[]): DescriptorIndex {
  const files = withImports(services.map((service) => service.file));
  const byName = new Map(files.map((file) => [file.proto.name, file]));
  const bySymbol = new Map<string, DescFile>();
  const messages = new Set<string>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of files) {
    for (const { name, kind } of symbolsOf(file.proto)) {
      bySymbol.set(name, file);
      if (kind === "message") messages.add(name);
    }
    for (const { extendee, number } of extensionsOf(file.proto)) {
      const type = withoutDot(extendee);
      extensions.set(type, (extensions.get(type) ?? new Map<number, DescFile>()).set(number, file));
    }
  }
  const bytes = new Map<DescFile, Uint8Array>();
  return {
    findFile: (name) => byName.get(name),
    findFileOfSymbol: (name) => bySymbol.get(withoutDot(name)),
    findFileOfExtension: (extendee, number) => extensions.get(withoutDot(extendee))?.get(number),
    findExtensionNumbers(extendee) {
      const type = withoutDot(extendee);
      return messages.has(type) ? [...(extensions.get(type)?.keys() ?? [])].sort((a, b) => a - b) : undefined;
    },
    bytesOf(file) {
      const encoded = bytes.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
      bytes.set(file, encoded);
      return encoded;
    },
  };
}

/** The files and all that they import, directly or not; each once, what asks before what is asked for. */
export function withImports(files: Iterable<DescFile>): readonly DescFile[] {
  const found = new Set(files);
  // A set that grows while it is walked is walked to its end.
  for (const file of found) for (const imported of file.dependencies) found.add(imported);
  return [...found];
}

/** Descriptors write full names with a dot before them, and some clients do so too. */
function withoutDot(name: string): string {
  return name.startsWith(".") ? name.slice(1) : name;
}

interface Declared {
  readonly name: string;
  readonly kind: "message" | "other";
}

// Read from the protos, not from the descriptors made of them: these leave out synthetic oneofs and map entries.
function* symbolsOf(file: FileDescriptorProto): Generator<Declared> {
  const scope = file.package === "" ? "" : `${file.package}.`;
  for (const message of file.messageType) yield* symbolsOfMessage(message, scope);
  for (const type of file.enumType) yield* symbolsOfEnum(type, scope);
  for (const { name } of file.extension) yield { name: scope + name, kind: "other" };
  for (const service of file.service) {
    yield { name: scope + service.name, kind: "other" };
    for (const method of service.method) yield { name: `${scope}${service.name}.${method.name}`, kind: "other" };
  }
}

function* symbolsOfMessage(message: DescriptorProto, scope: string): Generator<Declared> {
  const name = scope + message.name;
  yield { name, kind: "message" };
  for (const member of [...message.field, ...message.oneofDecl, ...message.extension]) {
    yield { name: `${name}.${member.name}`, kind: "other" };
  }
  for (const nested of message.nestedType) yield* symbolsOfMessage(nested, `${name}.`);
  for (const nested of message.enumType) yield* symbolsOfEnum(nested, `${name}.`);
}

/** Enum values are siblings of their enum, as in C++; clients that expect them beneath it find them there too. */
function* symbolsOfEnum(type: EnumDescriptorProto, scope: string): Generator<Declared> {
  yield { name: scope + type.name, kind: "other" };
  for (const value of type.value) {
    yield { name: scope + value.name, kind: "other" };
    yield { name: `${scope}${type.name}.${value.name}`, kind: "other" };
  }
}

function extensionsOf(scope: FileDescriptorProto | DescriptorProto): readonly FieldDescriptorProto[] {
  const nested = "messageType" in scope ? scope.messageType : scope.nestedType;
  return [...scope.extension, ...nested.flatMap(extensionsOf)];
}
