/** A small contract with every form of HTTP rule, built at run time, and a server of it that tells what it was asked. */
import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { create, createFileRegistry, setExtension, toJson } from "@bufbuild/protobuf";
import type { MethodOptions } from "@bufbuild/protobuf/wkt";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_empty,
  file_google_protobuf_timestamp,
  FieldDescriptorProto_Label as Label,
  MethodOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { HandlerContext, Interceptor } from "@connectrpc/connect";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import Fastify from "fastify";
import { RestSchema, rest as restOption } from "../../../gen/arcana/access/v1/access_pb.ts";
import { http as httpOption } from "../../../gen/google/api/annotations_pb.ts";
import type { HttpRule } from "../../../gen/google/api/http_pb.ts";
import { HttpRuleSchema } from "../../../gen/google/api/http_pb.ts";
import { operationsOf } from "../../contract.ts";
import { createDispatch } from "../../dispatch.ts";
import { message, ofEnum, ofMessage, restName } from "../../json/testing/descriptors.ts";
import type { RestBindingOptions } from "../binding.ts";
import { createRestBinding } from "../binding.ts";

type RuleInit = Parameters<typeof create<typeof HttpRuleSchema>>[1];

/** A method's declaration: its HTTP rule, and how it answers. */
export interface MethodPlan {
  readonly http?: RuleInit;
  readonly successStatus?: number;
  readonly bare?: boolean;
  readonly output?: string;
  readonly streams?: boolean;
}

const text = { type: Type.STRING };

function optionsOf({ http, successStatus, bare }: MethodPlan): MethodOptions {
  const options = create(MethodOptionsSchema);
  if (http !== undefined) setExtension(options, httpOption, create(HttpRuleSchema, http) as HttpRule);
  if (successStatus !== undefined || bare !== undefined) {
    setExtension(options, restOption, create(RestSchema, { ...(successStatus && { successStatus }), ...(bare && { bare }) }));
  }
  return options;
}

/** A service of the given methods. Each takes a `BookRequest` and gives a `BookReply` unless it says otherwise. */
export function libraryOf(plans: Readonly<Record<string, MethodPlan>>): DescService {
  const file = create(FileDescriptorProtoSchema, {
    name: "test/v1/library.proto",
    package: "test.v1",
    syntax: "proto3",
    dependency: [file_google_protobuf_timestamp.proto.name, file_google_protobuf_empty.proto.name],
    messageType: [
      message("Book", [
        { name: "id", ...text },
        { name: "title", ...text },
        { name: "pages", type: Type.INT32 },
        ofEnum("genre", ".test.v1.Genre"),
      ]),
      message("Filter", [{ name: "author", ...text }, ofMessage("and", ".test.v1.Filter")]),
      message("BookRequest", [
        { name: "id", ...text },
        { name: "name", ...text },
        ofMessage("book", ".test.v1.Book"),
        { name: "page_number", type: Type.INT32 },
        { name: "tags", ...text, label: Label.REPEATED },
        ofMessage("filter", ".test.v1.Filter"),
        ofMessage("since", ".google.protobuf.Timestamp"),
        ofEnum("genre", ".test.v1.Genre"),
      ]),
      message("BookReply", [{ name: "told", ...text }, ofMessage("book", ".test.v1.Book")]),
    ],
    enumType: [
      {
        name: "Genre",
        value: [
          { name: "GENRE_UNSPECIFIED", number: 0 },
          { name: "GENRE_NOVEL", number: 1, options: restName("novel") },
        ],
      },
    ],
    service: [
      {
        name: "Library",
        method: Object.entries(plans).map(([name, plan]) => ({
          name,
          inputType: ".test.v1.BookRequest",
          outputType: plan.output ?? ".test.v1.BookReply",
          serverStreaming: plan.streams ?? false,
          options: optionsOf(plan),
        })),
      },
    ],
  });
  const files = [file_google_protobuf_timestamp, file_google_protobuf_empty];
  const service = createFileRegistry(file, (name) => files.find(({ proto }) => proto.name === name)).getService("test.v1.Library");
  if (service === undefined) throw new TypeError("no service");
  return service;
}

function get(path: string): RuleInit {
  return { pattern: { case: "get", value: path } };
}

function post(path: string, body = "*"): RuleInit {
  return { pattern: { case: "post", value: path }, body };
}

/** The methods that most tests use. */
export const library = libraryOf({
  Health: { http: get("/health"), bare: true },
  GetBook: {
    http: { ...get("/v1/books/{id}"), responseBody: "book", additionalBindings: [get("/v1/{name=shelves/*/books/*}") ?? {}] } as RuleInit,
  },
  ListBooks: { http: get("/v1/books") },
  CreateBook: { http: post("/v1/books"), successStatus: 201 },
  UpdateBook: { http: { pattern: { case: "put", value: "/v1/books/{id}" }, body: "book" } },
  PatchBook: { http: { pattern: { case: "patch", value: "/v1/books/{book.id}" }, body: "*" } },
  DeleteBook: { http: { pattern: { case: "delete", value: "/v1/books/{id}" } }, successStatus: 204, output: ".google.protobuf.Empty" },
  LendBook: { http: post("/v1/books/{id}:lend") },
  ReturnBook: { http: post("/v1/books/{id}:return", "") },
  ReadFile: { http: get("/v1/files/{name=**}") },
  CountFiles: { http: post("/v1/files:count", "") },
});

/** What an operation does. Returning nothing: it tells the request that it got, as JSON in `told`. */
export type Act = (request: Message, context: HandlerContext, method: DescMethod) => unknown;

export interface LibraryOptions extends Partial<RestBindingOptions> {
  readonly act?: Act;
  readonly interceptors?: readonly Interceptor[];
  readonly server?: Pick<FastifyServerOptions, "bodyLimit">;
  /** Does more with the instance before it is ready. */
  readonly extend?: (fastify: FastifyInstance) => void;
}

/** A server of the library, not listening yet. */
export async function createLibrary({ act, interceptors = [], server, extend, ...binding }: LibraryOptions = {}): Promise<FastifyInstance> {
  const dispatch = createDispatch((router) => {
    const declare = router.rpc.bind(router) as unknown as (
      method: DescMethod,
      run: (request: Message, context: HandlerContext) => unknown,
    ) => void;
    for (const method of library.methods) {
      declare(method, async (request, context) => (await act?.(request, context, method)) ?? tell(method, request));
    }
  }, interceptors);
  const rest = createRestBinding({ operations: operationsOf([library]), dispatch, ...binding });
  const fastify = Fastify({ ...rest.serverOptions, ...server });
  await fastify.register(rest.plugin);
  extend?.(fastify);
  return fastify;
}

function tell(method: DescMethod, request: Message): Record<string, unknown> {
  const told = JSON.stringify(toJson(method.input, request, { useProtoFieldName: true }));
  const { book } = request as Message & { readonly book?: unknown };
  return method.output.typeName === "test.v1.BookReply" ? { told, book } : {};
}
