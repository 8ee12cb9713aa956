/** The echo service as a client of @grpc/grpc-js sees it. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";

export const serialize = (value: StringValue): Buffer => Buffer.from(toBinary(StringValueSchema, value));
export const deserialize = (bytes: Buffer): StringValue => fromBinary(StringValueSchema, bytes);

export interface Outcome {
  readonly error: ServiceError | undefined;
  readonly value: string | undefined;
  readonly header: Metadata;
  readonly trailer: Metadata;
}

export class GrpcJsEcho {
  readonly client: Client;

  constructor(port: number, security = credentials.createInsecure()) {
    this.client = new Client(`127.0.0.1:${port}`, security, {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.ssl_target_name_override": "localhost",
    });
  }

  unary(message: StringValue, options: CallOptions = {}, metadata = new Metadata(), path = "/test.Echo/Say"): Promise<Outcome> {
    return new Promise((resolve) => {
      let header = new Metadata();
      let trailer = new Metadata();
      let outcome: Pick<Outcome, "error" | "value"> | undefined;
      const call = this.client.makeUnaryRequest(path, serialize, deserialize, message, metadata, options, (error, value) => {
        outcome = { error: error ?? undefined, value: value?.value };
      });
      call.on("metadata", (received) => {
        header = received;
      });
      call.on("status", (status) => {
        trailer = status.metadata;
        setImmediate(() => resolve({ error: undefined, value: undefined, ...outcome, header, trailer }));
      });
    });
  }

  split(message: StringValue, options: CallOptions = {}) {
    return this.client.makeServerStreamRequest("/test.Echo/Split", serialize, deserialize, message, new Metadata(), options);
  }

  chat(options: CallOptions = {}) {
    return this.client.makeBidiStreamRequest("/test.Echo/Chat", serialize, deserialize, new Metadata(), options);
  }

  close(): void {
    this.client.close();
  }
}
