// The four ways into the application, each driven by a client of its own, all answering in one form: so that a case is
// written once and its answers can be compared.

import { rest_name } from "@arcana/framework/gen/arcana/access/v1/access_pb.js";
import { fromConnectError, operationOf } from "@arcana/framework/rpc";
import type { DescField, DescMessage, DescMethodUnary, Message, MessageInitShape } from "@bufbuild/protobuf";
import { create, fromBinary, getOption, hasOption, isFieldSet, toBinary } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import { ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Client, credentials, Metadata } from "@grpc/grpc-js";

export interface Failure {
  /** The public code, such as NOT_FOUND. */
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  /** `field: code`, sorted. */
  readonly fields: readonly string[];
}

/** What came back: the answer as plain data in REST's conventions, or the error. */
export type Outcome = { readonly data: unknown; readonly error?: undefined } | { readonly data?: undefined; readonly error: Failure };

export interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Way {
  readonly name: "rest" | "grpc" | "connect" | "grpc-web";
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<Outcome>;
  close(): void;
}

export interface Ports {
  readonly rest: number;
  readonly grpc: number;
}

export function waysInto(ports: Ports): readonly Way[] {
  const baseUrl = `http://127.0.0.1:${ports.rest}`;
  return [
    rest(baseUrl),
    grpc(ports.grpc),
    connect("connect", createConnectTransport({ baseUrl, httpVersion: "1.1" })),
    connect("grpc-web", createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })),
  ];
}

function headersOf({ token, headers = {} }: CallOptions): Record<string, string> {
  return { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
}

function connect(name: "connect" | "grpc-web", transport: Transport): Way {
  return {
    name,
    async call(method, request, options = {}) {
      try {
        const response = await transport.unary(method, undefined, 10_000, headersOf(options), request);
        return { data: plain(method.output, response.message) };
      } catch (error) {
        return { error: failureOf(ConnectError.from(error)) };
      }
    },
    close() {},
  };
}

/** A foreign client: `@grpc/grpc-js` shares no code with the server. */
function grpc(port: number): Way {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    name: "grpc",
    call(method, request, options = {}) {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headersOf(options))) metadata.set(name, value);
      const serialize = (message: Message): Buffer => Buffer.from(toBinary(method.input, message as never));
      const deserialize = (bytes: Buffer): Message => fromBinary(method.output, bytes);
      return new Promise((resolve) => {
        const path = `/${method.parent.typeName}/${method.name}`;
        client.makeUnaryRequest(
          path,
          serialize,
          deserialize,
          create(method.input, request),
          metadata,
          { deadline: Date.now() + 10_000 },
          (error, message) => {
            if (error === null) return resolve({ data: plain(method.output, message as Message) });
            const trailer = new Headers({ "grpc-status": String(error.code), "grpc-message": encodeURIComponent(error.details) });
            for (const value of error.metadata.get("grpc-status-details-bin"))
              trailer.set("grpc-status-details-bin", Buffer.from(value).toString("base64"));
            resolve({ error: failureOf(findTrailerError(trailer) ?? new ConnectError("no status came")) });
          },
        );
      });
    },
    close: () => client.close(),
  };
}

function failureOf(thrown: ConnectError): Failure {
  const { family, reason, message, violations } = fromConnectError(thrown);
  return { code: family, reason, message, fields: violations.map(({ field, code }) => `${field}: ${code}`).sort() };
}

interface Envelope {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: {
    readonly code: string;
    readonly reason?: string;
    readonly message: string;
    readonly trace_id: string;
    readonly details?: { field?: string; code: string }[];
  };
}

function rest(baseUrl: string): Way {
  return {
    name: "rest",
    async call(method, request, options = {}) {
      const operation = operationOf(method);
      const binding = operation.bindings[0];
      if (binding === undefined) throw new Error(`${operation.name} has no HTTP binding`);
      const body = plainRequest(method.input, create(method.input, request));
      const path = binding.template.replace(/\{([^}]+)\}/g, (_, field: string) => {
        const value = String(body[field] ?? "");
        delete body[field];
        return encodeURIComponent(value);
      });
      const query =
        binding.body.kind === "none"
          ? new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)])).toString()
          : "";
      const response = await fetch(`${baseUrl}${path}${query && `?${query}`}`, {
        method: binding.httpMethod,
        headers: { ...(binding.body.kind === "none" ? {} : { "content-type": "application/json" }), ...headersOf(options) },
        ...(binding.body.kind !== "none" && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      });
      const text = await response.text();
      if (response.status === 204) return { data: {} };
      const answer = JSON.parse(text) as Envelope;
      if (operation.bare && response.ok) return { data: answer };
      if (answer.error !== undefined) {
        const { code, reason = code, message, details = [] } = answer.error;
        return { error: { code, reason, message, fields: details.map((detail) => `${detail.field ?? ""}: ${detail.code}`).sort() } };
      }
      // The answer's form is the response message's, whichever field of it REST writes.
      return { data: binding.responseField === undefined ? answer.data : { [binding.responseField.name]: answer.data } };
    },
    close() {},
  };
}

/** A message as REST spells it, by a road of its own: what the server's codec writes is compared with this. */
function plain(schema: DescMessage, message: Message): Record<string, unknown> {
  const view = reflect(schema, message as never);
  return Object.fromEntries(
    schema.fields.map((field) => {
      if (field.fieldKind === "list") {
        return [
          field.name,
          [...view.get(field)].map((item) =>
            field.listKind === "message" ? plain(field.message, (item as { message: Message }).message) : item,
          ),
        ];
      }
      if (field.presence !== 2 && !isFieldSet(message as never, field as never)) return [field.name, null];
      return [field.name, plainValue(field, (message as unknown as Record<string, unknown>)[field.localName])];
    }),
  );
}

function plainValue(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "message") {
    return field.message.typeName === "google.protobuf.Timestamp"
      ? timestampDate(value as Timestamp).toISOString()
      : plain(field.message, value as Message);
  }
  if (field.fieldKind === "enum") {
    const found = field.enum.values.find(({ number }) => number === value);
    return found && hasOption(found, rest_name) ? getOption(found, rest_name) : value;
  }
  return value;
}

/** The request as a client types it: only what is set. */
function plainRequest(schema: DescMessage, message: Message): Record<string, unknown> {
  const set = schema.fields.filter((field) => isFieldSet(message as never, field as never)).map((field) => field.name);
  const all = plain(schema, message);
  return Object.fromEntries(set.map((name) => [name, all[name]]));
}
