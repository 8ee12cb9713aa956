/** A service with a method of each kind, built without a file of protobuf's. */
import { create, toBinary } from "@bufbuild/protobuf";
import { fileDesc, type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema, file_google_protobuf_wrappers, type StringValueSchema } from "@bufbuild/protobuf/wkt";

type Text = typeof StringValueSchema;

const type = ".google.protobuf.StringValue";
const method = (name: string, clientStreaming: boolean, serverStreaming: boolean) => ({
  name,
  inputType: type,
  outputType: type,
  clientStreaming,
  serverStreaming,
});

const file = create(FileDescriptorProtoSchema, {
  name: "echo.proto",
  package: "test",
  syntax: "proto3",
  dependency: [file_google_protobuf_wrappers.proto.name],
  service: [
    {
      name: "Echo",
      method: [method("Say", false, false), method("Split", false, true), method("Join", true, false), method("Chat", true, true)],
    },
  ],
});

export const Echo: GenService<{
  say: { methodKind: "unary"; input: Text; output: Text };
  split: { methodKind: "server_streaming"; input: Text; output: Text };
  join: { methodKind: "client_streaming"; input: Text; output: Text };
  chat: { methodKind: "bidi_streaming"; input: Text; output: Text };
}> = serviceDesc(fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString("base64"), [file_google_protobuf_wrappers]), 0);
