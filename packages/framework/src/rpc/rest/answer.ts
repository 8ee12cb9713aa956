/** Answers of operations on their way out. */
import type { DescMessage, MessageShape, Registry } from "@bufbuild/protobuf";
import type { FastifyReply } from "fastify";
import { compileEncoder, compileFieldEncoder } from "../json/encode.ts";
import { jsonType } from "./failure.ts";
import type { RestRoute } from "./routes.ts";

/** Sends the answer of an operation. */
export type SendAnswer = (reply: FastifyReply, message: MessageShape<DescMessage>, header: Headers | undefined) => void;

export function compileAnswer({ operation, method, binding }: RestRoute, types: Registry | undefined): SendAnswer {
  const { successStatus, bare } = operation;
  if (successStatus === 204) {
    return (reply, _message, header) => {
      reply.code(204).header("cache-control", "no-store");
      if (header !== undefined) copyHeaders(header, reply);
      reply.send();
    };
  }
  const { responseField } = binding;
  const encode =
    responseField === undefined ? compileEncoder(method.output, types) : compileFieldEncoder(method.output, responseField, types);
  return (reply, message, header) => {
    const data = encode(message);
    if (successStatus !== 200) reply.code(successStatus);
    reply.header("content-type", jsonType).header("cache-control", "no-store");
    if (header !== undefined) copyHeaders(header, reply);
    reply.send(bare ? data : `{"success":true,"data":${data}}`);
  };
}

/** Those of the message's own form, which are the binding's to set. */
const framing: ReadonlySet<string> = new Set(["connection", "content-length", "content-type", "transfer-encoding"]);

function copyHeaders(headers: Headers, reply: FastifyReply): void {
  for (const [name, value] of headers) {
    if (!framing.has(name)) reply.header(name, value);
  }
}
