// Encoding and decoding of a User of twelve fields against protobuf-es, in rounds that take turns: what else runs on the
// machine then weighs on all alike. `node packages/grpc/bench/codec.ts` prints medians and ratios; the goal is 3.
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
import { compileDecoder } from "../src/codec/decoder.ts";
import { compileEncoder } from "../src/codec/encoder.ts";

const ROUNDS = 60;
const CALLS_PER_ROUND = 3000;
const WARM_UP_ROUNDS = 15;

const { STRING, ENUM, BOOL, MESSAGE } = FieldDescriptorProto_Type;
const { OPTIONAL } = FieldDescriptorProto_Label;

function field(name: string, number: number, type: FieldDescriptorProto_Type, more: object = {}) {
  return { name, number, type, label: OPTIONAL, ...more };
}

const timestamp = { typeName: ".google.protobuf.Timestamp" };
const userFile = create(FileDescriptorProtoSchema, {
  name: "user.proto",
  package: "bench",
  syntax: "proto3",
  dependency: [file_google_protobuf_timestamp.proto.name],
  enumType: [{ name: "Role", value: [0, 1, 2, 3].map((number) => ({ name: `ROLE_${number}`, number })) }],
  messageType: [
    {
      name: "User",
      oneofDecl: [{ name: "_first_name" }, { name: "_last_name" }, { name: "_avatar_url" }],
      field: [
        field("id", 1, STRING),
        field("username", 2, STRING),
        field("email", 3, STRING),
        field("first_name", 4, STRING, { proto3Optional: true, oneofIndex: 0 }),
        field("last_name", 5, STRING, { proto3Optional: true, oneofIndex: 1 }),
        field("role", 6, ENUM, { typeName: ".bench.Role" }),
        field("status", 7, ENUM, { typeName: ".bench.Role" }),
        field("email_verified", 8, BOOL),
        field("avatar_url", 9, STRING, { proto3Optional: true, oneofIndex: 2 }),
        field("last_login_at", 10, MESSAGE, timestamp),
        field("created_at", 11, MESSAGE, timestamp),
        field("updated_at", 12, MESSAGE, timestamp),
      ],
    },
  ],
});

const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file_google_protobuf_timestamp.proto, userFile] }));
const User = registry.getMessage("bench.User");
if (User === undefined) throw new Error("the descriptor of User was not built");

/** A hundred users, so that nothing is measured on one value: some have all fields, some not, one name in eight is not ASCII. */
const users = Array.from({ length: 100 }, (_, i) =>
  create(User, {
    id: `3f2504e0-4f89-41d3-9a0c-0305e82c3${String(300 + i)}`,
    username: `ada.lovelace${i}`,
    email: `ada.lovelace.${i}@example.com`,
    role: i % 4,
    status: 1 + (i % 3),
    emailVerified: i % 5 !== 0,
    createdAt: { seconds: 1_700_000_000n + BigInt(i), nanos: 123_000_000 },
    updatedAt: { seconds: 1_763_000_000n + BigInt(i), nanos: 456_000_000 },
    lastLoginAt: { seconds: 1_764_000_000n, nanos: i * 1_000_000 },
    ...(i % 10 === 0
      ? {}
      : { firstName: i % 8 === 0 ? "Zoë" : "Ada", lastName: "Lovelace", avatarUrl: `https://cdn.example.com/avatars/${i}.png` }),
  }),
);
const encoded = users.map((user) => toBinary(User, user));
const chunks = encoded.map((bytes) => Buffer.from(bytes));
const encoder = compileEncoder(User);
const decoder = compileDecoder(User);
const output = Buffer.allocUnsafe(16_384);

const cases = {
  "protobuf-es toBinary": (i: number) => toBinary(User, users[i] as (typeof users)[number]),
  "encode, to bytes of its own": (i: number) => encoder.encode(users[i] as (typeof users)[number]),
  "write, into the output": (i: number) => encoder.write(users[i] as (typeof users)[number], output, 14),
  "protobuf-es fromBinary": (i: number) => fromBinary(User, encoded[i] as Uint8Array),
  decode: (i: number) => decoder.decode(chunks[i] as Buffer, 0, (chunks[i] as Buffer).length),
};
type Case = keyof typeof cases;

let result: unknown;

function nanosecondsPerCall(run: (i: number) => unknown): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS_PER_ROUND; i++) result = run(i % users.length);
  return Number(process.hrtime.bigint() - start) / CALLS_PER_ROUND;
}

const times = new Map<Case, number[]>();
for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
  for (const name of Object.keys(cases) as Case[]) {
    const time = nanosecondsPerCall(cases[name]);
    if (round >= WARM_UP_ROUNDS) times.set(name, [...(times.get(name) ?? []), time]);
  }
}
if (result === undefined) throw new Error("nothing was measured");

function median(name: Case): number {
  const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const bytes = encoded.reduce((sum, { length }) => sum + length, 0) / encoded.length;
console.log(`User of 12 fields, ${bytes.toFixed(0)} bytes, median of ${ROUNDS} rounds`);
for (const name of Object.keys(cases) as Case[]) console.log(`${name.padEnd(28)} ${median(name).toFixed(0).padStart(6)} ns`);
const theirs = median("protobuf-es toBinary") + median("protobuf-es fromBinary");
console.log(
  `encode + decode, as protobuf-es does: ${(theirs / (median("encode, to bytes of its own") + median("decode"))).toFixed(2)} times as fast`,
);
console.log(
  `write + decode, as the server does:   ${(theirs / (median("write, into the output") + median("decode"))).toFixed(2)} times as fast`,
);
