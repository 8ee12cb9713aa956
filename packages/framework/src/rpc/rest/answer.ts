/** Answers of operations on their way out. */
import type { Registry } from "@bufbuild/protobuf";
import type { FastifyReply } from "fastify";
import type { Answer } from "../dispatch.ts";
import { headersSetOn } from "../dispatch.ts";
import { compileEncoder, compileFieldEncoder } from "../json/encode.ts";
import { jsonType } from "./failure.ts";
import type { RestRoute } from "./routes.ts";

/** Sends the answer of an operation. */
export type SendAnswer = (reply: FastifyReply, answer: Answer) => void;

export function compileAnswer({ operation, method, binding }: RestRoute, types: Registry | undefined): SendAnswer {
  const { successStatus, bare } = operation;
  if (successStatus === 204) {
    return (reply, answer) => {
      reply.code(204).header("cache-control", "no-store");
      copyHeaders(answer, reply);
      reply.send();
    };
  }
  const { responseField } = binding;
  const encode =
    responseField === undefined ? compileEncoder(method.output, types) : compileFieldEncoder(method.output, responseField, types);
  return (reply, answer) => {
    const data = encode(answer.message);
    if (successStatus !== 200) reply.code(successStatus);
    reply.header("content-type", jsonType).header("cache-control", "no-store");
    copyHeaders(answer, reply);
    reply.send(bare ? data : `{"success":true,"data":${data}}`);
  };
}

/** Those of the message's own form, which are the binding's to set. */
const framing: ReadonlySet<string> = new Set(["connection", "content-length", "content-type", "transfer-encoding"]);

function copyHeaders(answer: Answer, reply: FastifyReply): void {
  const headers = headersSetOn(answer);
  if (headers === undefined) return;
  for (const [name, value] of headers) {
    if (!framing.has(name)) reply.header(name, value);
  }
}
