/** The echo service on a server of @grpc/grpc-js. */
import { createServer, type Socket, type Server as TcpServer } from "node:net";
import type { StringValue } from "@bufbuild/protobuf/wkt";
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { deserialize, serialize } from "../../server/testing/grpc-js-echo.ts";

type Say = (call: ServerUnaryCall<StringValue, StringValue>, answer: sendUnaryData<StringValue>) => void;

export interface EchoServer {
  readonly url: string;
  readonly server: Server;
  /** Calls of `Say` so far. */
  readonly said: () => number;
  stop(): void;
}

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
});

export const text = (value: string): StringValue => ({ $typeName: "google.protobuf.StringValue", value });

/** Begins the echo service on a free port, or on the one given. */
export async function startEcho(say: Say = (call, answer) => answer(null, call.request), options = {}, port = 0): Promise<EchoServer> {
  const server = new Server(options);
  let said = 0;
  const service = {
    say: method("Say", false, false),
    split: method("Split", false, true),
    join: method("Join", true, false),
    chat: method("Chat", true, true),
  };
  server.addService(service, {
    say(call: ServerUnaryCall<StringValue, StringValue>, answer: sendUnaryData<StringValue>) {
      said++;
      say(call, answer);
    },
    // biome-ignore lint/suspicious/noExplicitAny: grpc-js types the methods of a service without descriptors so
    split(call: any) {
      for (const word of call.request.value.split(" ")) call.write(text(word));
      call.end();
    },
    // biome-ignore lint/suspicious/noExplicitAny: see above
    join(call: any, answer: any) {
      const words: string[] = [];
      call.on("data", ({ value }: StringValue) => words.push(value));
      call.on("end", () => answer(null, text(words.join(" "))));
    },
    // biome-ignore lint/suspicious/noExplicitAny: see above
    chat(call: any) {
      call.sendMetadata(new Metadata());
      call.on("data", (message: StringValue) => call.write(message));
      call.on("end", () => call.end());
      call.on("error", () => {});
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    const done = (error: Error | null, found: number): void => (error === null ? resolve(found) : reject(error));
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), done);
  });
  return { url: `http://127.0.0.1:${bound}`, server, said: () => said, stop: () => server.forceShutdown() };
}

/** A TCP server that does with each connection what it is told. */
export async function startTcp(onSocket: (socket: Socket) => void): Promise<{ url: string; stop(): void }> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}
