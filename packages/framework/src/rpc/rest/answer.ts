/** Answers of operations on their way out. */
import type { Registry } from "@bufbuild/protobuf";
import type { FastifyReply } from "fastify";
import type { Answer } from "../dispatch.ts";
import { headersSetOn } from "../dispatch.ts";
import { compileEncoder, compileFieldEncoder } from "../json/encode.ts";
import { formatTraceparent, traceOf } from "../trace-context.ts";
import { jsonType } from "./failure.ts";
import type { RestRoute } from "./routes.ts";

/** Sends the answer of an operation. */
export type SendAnswer = (reply: FastifyReply, answer: Answer) => void;

export interface AnswerOptions {
  readonly types: Registry | undefined;
  /** Whether every answer is left to Fastify. */
  readonly sendHooks: boolean;
  readonly isLeaving: () => boolean;
}

export function compileAnswer({ operation, method, binding }: RestRoute, { types, sendHooks, isLeaving }: AnswerOptions): SendAnswer {
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
    const text = bare ? data : `{"success":true,"data":${data}}`;
    // What nobody has set a header on, and what leaves the connection as it is.
    if (!sendHooks && headersSetOn(answer) === undefined && !isLeaving()) {
      write(reply, successStatus, text);
      reply.hijack();
      return;
    }
    if (successStatus !== 200) reply.code(successStatus);
    reply.header("content-type", jsonType).header("cache-control", "no-store");
    copyHeaders(answer, reply);
    reply.send(text);
  };
}

/** Writes an answer past Fastify, whose own way from here to Node costs a tenth of a small request. */
function write({ raw, request: { id, headers: received } }: FastifyReply, status: number, text: string): void {
  const headers = ["content-type", jsonType, "cache-control", "no-store", "content-length", String(Buffer.byteLength(text))];
  headers.push("x-request-id", id, "x-content-type-options", "nosniff");
  const trace = traceOf(received);
  if (trace !== undefined) headers.push("traceparent", formatTraceparent(trace));
  raw.writeHead(status, headers);
  raw.end(text);
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
