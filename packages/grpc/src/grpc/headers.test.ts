import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import {
  callHeaders,
  contentType,
  parseContentType,
  parsePath,
  refuseRequest,
  requestHeaders,
  responseError,
  responseHeaders,
  trailersOnly,
  USER_AGENT,
  VERSION,
} from "./headers.ts";
import { okTrailers } from "./status.ts";

const RUN = { seed: 20_261_122, numRuns: 1000 };

function block(fields: Record<string, string>, pseudo: { method?: string; status?: string } = {}) {
  return { method: pseudo.method, status: pseudo.status, find: (name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined) };
}

test("the version is that of the package", () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.equal((manifest as { version: string }).version, VERSION);
  assert.match(USER_AGENT, /^grpc-[a-z]+-[a-z]+\/\d+\.\d+\.\d+$/);
});

describe("a content-type", () => {
  test("of gRPC names a format", () => {
    for (const value of [
      "application/grpc",
      "application/grpc+proto",
      "Application/GRPC",
      "application/grpc;charset=utf-8",
      "application/grpc+proto ; x=y",
    ]) {
      assert.equal(parseContentType(value), "proto", value);
    }
    for (const value of ["application/grpc+json", "application/grpc+JSON; charset=utf-8"])
      assert.equal(parseContentType(value), "json", value);
    for (const format of ["proto", "json"] as const) assert.equal(parseContentType(contentType(format)), format);
  });

  test("of anything else names none", () => {
    for (const value of [
      undefined,
      "",
      "text/html",
      "application/json",
      "application/proto",
      "application/grpc-web",
      "application/grpc-web+proto",
      "application/grpcx",
      "application/grpc+",
      "application/grpc+xml",
      " application/grpc",
      "x application/grpc",
    ]) {
      assert.equal(parseContentType(value), undefined, String(value));
    }
    fc.assert(
      fc.property(fc.string(), (value) => {
        const format = parseContentType(value);
        assert.ok(format === undefined || value.toLowerCase().startsWith("application/grpc"));
      }),
      RUN,
    );
  });

  test("with a long run of spaces is judged at once", () => {
    const value = `application/grpc${" ".repeat(100_000)}x`;
    const start = performance.now();
    assert.equal(parseContentType(value), undefined);
    assert.ok(performance.now() - start < 100);
  });
});

describe("a path", () => {
  test("names a service and a method", () => {
    assert.deepEqual(parsePath("/grpc.health.v1.Health/Check"), { service: "grpc.health.v1.Health", method: "Check" });
    assert.deepEqual(parsePath("/S/M"), { service: "S", method: "M" });
    assert.deepEqual(parsePath("/S%20/M?x"), { service: "S%20", method: "M?x" });
  });

  test("of another shape names none", () => {
    for (const path of ["", "/", "//", "/S", "/S/", "//M", "S/M", "/S/M/", "/a/S/M", "*", "http://host/S/M"])
      assert.equal(parsePath(path), undefined, path);
  });

  test("is put together again from its parts", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\/[a-z./]{0,10}\/[a-z]{0,5}$/)), (path) => {
        const parts = parsePath(path);
        if (parts !== undefined) assert.equal(`/${parts.service}/${parts.method}`, path);
      }),
      RUN,
    );
  });
});

describe("a request", () => {
  test("of gRPC is not refused, with or without te", () => {
    assert.equal(refuseRequest(block({ "content-type": "application/grpc", te: "trailers" }, { method: "POST" })), undefined);
    assert.equal(refuseRequest(block({ "content-type": "application/grpc+json" }, { method: "POST" })), undefined);
  });

  test("by another method is answered 405, of another content-type 415, and with a status besides", () => {
    const get = refuseRequest(block({ "content-type": "application/grpc" }, { method: "GET" }));
    assert.deepEqual(get?.slice(0, 4), [":status", "405", "allow", "POST"]);
    for (const fields of [{}, { "content-type": "application/json" }] as Record<string, string>[]) {
      const refusal = refuseRequest(block(fields, { method: "POST" }));
      assert.deepEqual(refusal?.slice(0, 2), [":status", "415"]);
      assert.ok(refusal?.includes("grpc-status"));
    }
  });

  test("has the fields that the specification names, pseudo-headers first", () => {
    const target = {
      scheme: "https",
      authority: "host:9090",
      path: "/S/M",
      format: "proto",
      encoding: "gzip",
      acceptEncoding: "identity,gzip",
    } as const;
    assert.deepEqual(requestHeaders(target), [
      ...[":method", "POST", ":scheme", "https", ":path", "/S/M", ":authority", "host:9090"],
      ...["te", "trailers", "content-type", "application/grpc+proto", "grpc-encoding", "gzip", "grpc-accept-encoding", "identity,gzip"],
    ]);
    assert.deepEqual(requestHeaders({ scheme: "http", authority: "h", path: "/S/M", format: "json" }).slice(-2), [
      "content-type",
      "application/grpc+json",
    ]);
  });

  test("has fields of its own: the timeout, the user agent, the metadata", () => {
    assert.deepEqual(callHeaders(undefined, undefined), ["user-agent", USER_AGENT]);
    const metadata = new Headers({ "x-a": "1", "user-agent": "mine/1", "grpc-timeout": "9H", te: "gzip" });
    assert.deepEqual(callHeaders(1500, metadata), ["grpc-timeout", "1500m", "user-agent", "mine/1", "x-a", "1"]);
  });
});

describe("an answer", () => {
  test("has the fields that the specification names", () => {
    assert.deepEqual(responseHeaders("proto"), [":status", "200", "content-type", "application/grpc+proto"]);
    assert.deepEqual(responseHeaders("json", "gzip", "identity,gzip", new Headers({ "x-a": "1", "content-type": "text/html" })), [
      ...[":status", "200", "content-type", "application/grpc+json"],
      ...["grpc-encoding", "gzip", "grpc-accept-encoding", "identity,gzip", "x-a", "1"],
    ]);
    assert.deepEqual(trailersOnly("proto", okTrailers), [":status", "200", "content-type", "application/grpc+proto", "grpc-status", "0"]);
  });

  test("of gRPC in the format asked for is no error", () => {
    assert.equal(responseError(block({ "content-type": "application/grpc" }, { status: "200" }), "proto"), undefined);
    assert.equal(responseError(block({ "content-type": "application/grpc+json" }, { status: "200" }), "json"), undefined);
  });

  test("with a grpc-status is gRPC's own, whatever its HTTP status", () => {
    assert.equal(responseError(block({ "grpc-status": "13" }, { status: "415" }), "proto"), undefined);
  });

  test("of something else is an error by its HTTP status, or by its content-type", () => {
    const gateway = responseError(block({ "content-type": "text/html" }, { status: "502" }), "proto");
    assert.equal(gateway?.code, Code.Unavailable);
    assert.match(gateway?.message ?? "", /HTTP status 502.*text\/html/);
    assert.equal(responseError(block({}, { status: "404" }), "proto")?.code, Code.Unimplemented);
    assert.equal(responseError(block({ "content-type": "text/html" }, { status: "200" }), "proto")?.code, Code.Unknown);
    assert.equal(responseError(block({}, { status: "200" }), "proto")?.code, Code.Unknown);
    assert.equal(responseError(block({ "content-type": "application/grpc+json" }, { status: "200" }), "proto")?.code, Code.Unknown);
    assert.equal(responseError(block({}, {}), "proto")?.code, Code.Unknown);
  });
});
