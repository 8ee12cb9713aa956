import assert from "node:assert/strict";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create, createFileRegistry, fromBinary, getOption, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Client, credentials } from "@grpc/grpc-js";
import { rule } from "../../gen/arcana/access/v1/access_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  ServerReflection as V1,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import {
  ServerReflectionRequestSchema as AlphaRequestSchema,
  ServerReflectionResponseSchema as AlphaResponseSchema,
  ServerReflection as V1Alpha,
} from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { toConnectError } from "../connect-error.ts";
import { toArcanaError } from "../errors.ts";
import { contractFixture } from "../validate/testing/contract-fixture.ts";
import { reflection } from "./reflection.ts";

type Request = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]>;
type Response = MessageShape<typeof ServerReflectionResponseSchema>;

const fixture = contractFixture({
  package: "fixture.v1",
  enums: { Colour: { COLOUR_UNSPECIFIED: 0, COLOUR_RED: 1 } },
  messages: {
    Thing: {
      fields: { colour: "Colour", note: "optional string", left: { type: "string", oneof: "side" }, labels: "map<string, string>" },
      oneofs: { side: {} },
    },
  },
  services: { Things: { Get: { input: "Thing", output: "Thing" } } },
});
const services = [fixture.service("Things"), Health];
const accessFile = "arcana/access/v1/access.proto";
const fixtureFile = "fixture/v1/fixture.proto";

/** Asks all in one stream, over the local transport. */
async function ask(...requests: Request[]): Promise<Response[]> {
  const client = createClient(V1, createRouterTransport(reflection({ services })));
  async function* questions() {
    for (const messageRequest of requests) yield { host: "here", messageRequest };
  }
  const answers: Response[] = [];
  for await (const answer of client.serverReflectionInfo(questions())) answers.push(answer);
  return answers;
}

function filesIn({ messageResponse }: Response) {
  assert.equal(messageResponse.case, "fileDescriptorResponse", JSON.stringify(messageResponse));
  return messageResponse.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

function nameOfFirst(response: Response | undefined): string | undefined {
  assert.ok(response);
  return filesIn(response)[0]?.name;
}

test("lists the services, reflection among them, in order", async () => {
  const [response] = await ask({ case: "listServices", value: "" });
  assert.ok(response?.messageResponse.case === "listServicesResponse");
  assert.deepEqual(
    response.messageResponse.value.service.map(({ name }) => name),
    ["fixture.v1.Things", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"],
  );
});

test("each answer carries the question it belongs to", async () => {
  const question = { case: "fileContainingExtension", value: { containingType: "nobody", extensionNumber: 1 } } as const;
  const [response] = await ask(question);
  assert.equal(response?.validHost, "here");
  assert.equal(response?.originalRequest?.host, "here");
  assert.equal(response?.originalRequest?.messageRequest.case, question.case);
  const { value } = response?.originalRequest?.messageRequest ?? {};
  assert.deepEqual({ ...(value as object), $typeName: undefined }, { ...question.value, $typeName: undefined });
});

test("a file comes with all that it imports, itself first", async () => {
  const [response] = await ask({ case: "fileByFilename", value: "grpc/health/v1/health.proto" });
  assert.ok(response);
  assert.deepEqual(
    filesIn(response).map(({ name }) => name),
    ["grpc/health/v1/health.proto", accessFile, "google/protobuf/descriptor.proto"],
  );
});

test("the descriptors are whole: a client can rebuild the contract, options and all", async () => {
  const [response] = await ask({ case: "fileContainingSymbol", value: "grpc.health.v1.Health" });
  assert.ok(response);
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: filesIn(response).reverse() }));
  const method = registry.getService("grpc.health.v1.Health")?.method.watch;
  assert.ok(method);
  assert.equal(method.methodKind, "server_streaming");
  assert.equal(getOption(method, rule).allow.case, "public");
});

const symbols: Readonly<Record<string, string>> = {
  service: "fixture.v1.Things",
  method: "fixture.v1.Things.Get",
  message: "fixture.v1.Thing",
  "message with a leading dot": ".fixture.v1.Thing",
  field: "fixture.v1.Thing.colour",
  oneof: "fixture.v1.Thing.side",
  "synthetic oneof": "fixture.v1.Thing._note",
  "map entry": "fixture.v1.Thing.LabelsEntry",
  enum: "fixture.v1.Colour",
  "enum value as a sibling": "fixture.v1.COLOUR_RED",
  "enum value beneath its enum": "fixture.v1.Colour.COLOUR_RED",
};
for (const [kind, value] of Object.entries(symbols)) {
  test(`finds a file by ${kind}`, async () => {
    const [response] = await ask({ case: "fileContainingSymbol", value });
    assert.equal(nameOfFirst(response), fixtureFile);
  });
}

test("finds files by extension and nested type, in what is imported too", async () => {
  const answers = await ask(
    { case: "fileContainingSymbol", value: "arcana.access.v1.rule" },
    { case: "fileContainingExtension", value: { containingType: "google.protobuf.MethodOptions", extensionNumber: 50710 } },
    { case: "fileContainingSymbol", value: "grpc.health.v1.HealthCheckResponse.ServingStatus" },
    { case: "fileContainingSymbol", value: "grpc.health.v1.HealthCheckResponse.SERVING" },
  );
  const health = "grpc/health/v1/health.proto";
  assert.deepEqual(answers.map(nameOfFirst), [accessFile, accessFile, health, health]);
});

test("lists the numbers of a type's extensions, which may be none", async () => {
  const [options, thing] = await ask(
    { case: "allExtensionNumbersOfType", value: "google.protobuf.MethodOptions" },
    { case: "allExtensionNumbersOfType", value: "fixture.v1.Thing" },
  );
  assert.ok(options?.messageResponse.case === "allExtensionNumbersResponse");
  assert.deepEqual(options.messageResponse.value.extensionNumber, [50710, 50711, 72295728]);
  assert.ok(thing?.messageResponse.case === "allExtensionNumbersResponse");
  assert.equal(thing.messageResponse.value.baseTypeName, "fixture.v1.Thing");
  assert.deepEqual(thing.messageResponse.value.extensionNumber, []);
});

test("what is not there is an answer with code 5, and the stream goes on", async () => {
  const answers = await ask(
    { case: "fileByFilename", value: "../../etc/passwd" },
    { case: "fileContainingSymbol", value: "fixture.v1.Nothing" },
    { case: "fileContainingSymbol", value: "fixture.v1" },
    { case: "fileContainingExtension", value: { containingType: "fixture.v1.Thing", extensionNumber: 1 } },
    { case: "allExtensionNumbersOfType", value: "fixture.v1.Colour" },
    { case: "fileByFilename", value: fixtureFile },
  );
  const codes = answers.map(({ messageResponse }) => messageResponse.case === "errorResponse" && messageResponse.value.errorCode);
  assert.deepEqual(codes, [5, 5, 5, 5, 5, false]);
});

test("a question that asks for nothing is an answer with code 3", async () => {
  const [response] = await ask({ case: undefined });
  assert.ok(response?.messageResponse.case === "errorResponse");
  assert.equal(response.messageResponse.value.errorCode, 3);
});

test("an imported file is sent once a stream; the file asked for always", async () => {
  const question = { case: "fileByFilename", value: "grpc/health/v1/health.proto" } as const;
  const counts = (await ask(question, question, { case: "fileByFilename", value: accessFile })).map((response) => filesIn(response).length);
  assert.deepEqual(counts, [3, 1, 1]);
  assert.deepEqual(
    (await ask(question)).map((response) => filesIn(response).length),
    [3],
    "another stream knows nothing of it",
  );
});

test("a stream may not ask for ever", async () => {
  const transport = createRouterTransport(reflection({ services, maxQuestions: 2 }), {
    router: {
      interceptors: [
        (next) => async (request) => {
          const response = await next(request);
          if (!response.stream) return response;
          const source = response.message;
          async function* converted() {
            try {
              yield* source;
            } catch (error) {
              throw toConnectError(toArcanaError(error));
            }
          }
          return { ...response, message: converted() };
        },
      ],
    },
  });
  async function* questions() {
    for (;;) yield create(ServerReflectionRequestSchema, { messageRequest: { case: "listServices", value: "" } });
  }
  let answers = 0;
  await assert.rejects(
    async () => {
      for await (const _ of createClient(V1, transport).serverReflectionInfo(questions())) answers++;
    },
    (error) => error instanceof ConnectError && error.code === Code.ResourceExhausted,
  );
  assert.equal(answers, 2);
});

/** Asks once over a real connection, with a client that knows nothing of Connect. */
async function foreignAsk<I extends DescMessage, O extends DescMessage>(
  address: string,
  service: string,
  [requestType, responseType]: readonly [I, O],
  messages: MessageShape<I>[],
): Promise<MessageShape<O>[]> {
  const client = new Client(address, credentials.createInsecure());
  try {
    const call = client.makeBidiStreamRequest(
      `/${service}/ServerReflectionInfo`,
      (message: MessageShape<I>) => Buffer.from(toBinary(requestType, message)),
      (bytes) => fromBinary(responseType, bytes),
    );
    for (const message of messages) call.write(message);
    call.end();
    return await call.toArray();
  } finally {
    client.close();
  }
}

test("a foreign gRPC client is answered in both versions", async (t) => {
  const server = createServer(connectNodeAdapter({ routes: reflection({ services }) }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const questions = [
    { case: "listServices", value: "" },
    { case: "fileContainingSymbol", value: "grpc.health.v1.Health.Check" },
    { case: "fileContainingExtension", value: { containingType: "google.protobuf.MethodOptions", extensionNumber: 50710 } },
    { case: "fileByFilename", value: "nothing.proto" },
  ] as const;
  const v1 = await foreignAsk(
    address,
    V1.typeName,
    [ServerReflectionRequestSchema, ServerReflectionResponseSchema],
    questions.map((messageRequest) => create(ServerReflectionRequestSchema, { messageRequest })),
  );
  const alpha = await foreignAsk(
    address,
    V1Alpha.typeName,
    [AlphaRequestSchema, AlphaResponseSchema],
    questions.map((messageRequest) => create(AlphaRequestSchema, { messageRequest })),
  );
  assert.deepEqual(
    v1.map(({ messageResponse }) => messageResponse.case),
    ["listServicesResponse", "fileDescriptorResponse", "fileDescriptorResponse", "errorResponse"],
  );
  const bytes = (answer: (typeof v1)[number]) => toBinary(ServerReflectionResponseSchema, answer);
  assert.deepEqual(
    alpha.map((answer) => toBinary(AlphaResponseSchema, answer)),
    v1.map(bytes),
  );
});
