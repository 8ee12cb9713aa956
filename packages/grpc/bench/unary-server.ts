// The servers that `unary.ts` measures: the same echo on each. It tells its parent its port.
import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { createGrpcServer } from "../src/index.ts";
import { Echo } from "../src/server/testing/echo-service.ts";
import { deserialize, serialize } from "../src/server/testing/grpc-js-echo.ts";

async function listen(name: string | undefined): Promise<number> {
  if (name === "engine") {
    const server = createGrpcServer({
      routes: (router) => void router.rpc(Echo.method.say, async ({ value }) => create(StringValueSchema, { value })),
    });
    return (await server.listen()).port;
  }
  const server = new Server();
  const codec = {
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  };
  server.addService(
    { say: { path: "/test.Echo/Say", requestStream: false, responseStream: false, ...codec } },
    {
      say: (call: { request: { value: string } }, answer: (error: null, value: unknown) => void) =>
        answer(null, create(StringValueSchema, { value: call.request.value })),
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });
}

process.send?.(await listen(process.argv[2]));
