import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import type { FastifyServerOptions } from "fastify";
import Fastify from "fastify";
import type { OpenApi } from "./model.ts";
import type { SwaggerUiOptions } from "./swagger-ui.ts";
import { swaggerUi } from "./swagger-ui.ts";

const document: OpenApi = {
  openapi: "3.1.1",
  info: { title: "Test", version: "1" },
  servers: [],
  tags: [],
  paths: {},
  components: { schemas: {}, headers: {}, examples: {}, responses: {}, securitySchemes: {} },
};

function serve(t: TestContext, options: Partial<SwaggerUiOptions> = {}, server: FastifyServerOptions = {}, prefix = "") {
  const fastify = Fastify(server);
  void fastify.register(swaggerUi({ document: () => document, ...options }), { prefix });
  t.after(() => fastify.close());
  return (url: string, headers: Record<string, string> = {}) => fastify.inject({ url, headers });
}

/** The addresses that the page at `url` loads, as a browser resolves them. */
function loads(url: string, page: string): string[] {
  return [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => new URL(address, `http://local${url}`).pathname);
}

for (const url of ["/swagger-ui", "/swagger-ui/"]) {
  test(`${url} is a page whose every file is served from here`, async (t) => {
    const get = serve(t);
    const page = await get(url);
    assert.equal(page.statusCode, 200);
    assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
    const addresses = loads(url, page.body);
    assert.ok(addresses.includes("/swagger-ui/swagger-ui-bundle.js"));
    for (const address of addresses) assert.equal((await get(address)).statusCode, 200, address);
    assert.doesNotMatch(page.body, /https?:|\/\/[a-z]/);
  });
}

/** Runs the start script as the page does, and returns what it hands to Swagger UI. */
function startedWith(script: string, src: string): Record<string, unknown> {
  let options: Record<string, unknown> = {};
  const SwaggerUIBundle = (given: Record<string, unknown>) => {
    options = given;
  };
  runInNewContext(script, { SwaggerUIBundle, URL, document: { currentScript: { src } } });
  return options;
}

test("Swagger UI is started with the document of this server and without a validator elsewhere", async (t) => {
  const { body } = await serve(t)("/swagger-ui/start.js");
  const options = startedWith(body, "http://local/swagger-ui/start.js");
  assert.equal(options.url, "http://local/api-docs/openapi.json");
  assert.equal(options.validatorUrl, null);
});

test("paths can be chosen, and stand under the prefix of a proxy or of the plugin", async (t) => {
  const get = serve(t, { path: "/docs/ui", documentPath: "/docs/api.json" }, {}, "/v1");
  const page = await get("/v1/docs/ui");
  for (const address of loads("/v1/docs/ui", page.body)) assert.equal((await get(address)).statusCode, 200, address);
  const { body } = await get("/v1/docs/ui/start.js");
  const options = startedWith(body, "http://local/outer/v1/docs/ui/start.js");
  assert.equal(options.url, "http://local/outer/v1/docs/api.json");
  assert.equal((await get("/v1/docs/api.json")).statusCode, 200);
});

test("a server that ignores trailing slashes serves both forms of the page", async (t) => {
  const get = serve(t, {}, { routerOptions: { ignoreTrailingSlash: true } });
  for (const url of ["/swagger-ui", "/swagger-ui/"]) {
    const page = await get(url);
    for (const address of loads(url, page.body)) assert.equal((await get(address)).statusCode, 200, address);
  }
});

test("the pages allow no script, style or connection but the server's own", async (t) => {
  const get = serve(t);
  for (const url of ["/swagger-ui", "/swagger-ui/start.js", "/api-docs/openapi.json"]) {
    const { headers } = await get(url);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
  assert.doesNotMatch((await get("/swagger-ui")).body, /<script>|<style|style=|onload=/);
});

test("the title cannot leave its place in the page", async (t) => {
  const { body } = await serve(t, { title: `</title><script>alert("1")</script>` })("/swagger-ui");
  assert.ok(body.includes("<title>&#60;/title&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;</title>"));
});

test("no file but the page's own is served", async (t) => {
  const get = serve(t);
  const addresses = [
    "/swagger-ui/../package.json",
    "/swagger-ui/..%2fpackage.json",
    "/swagger-ui/%2e%2e/package.json",
    "/swagger-ui/..%5cpackage.json",
    "/swagger-ui//etc/passwd",
    "/swagger-ui/%2fetc%2fpasswd",
    "/swagger-ui/swagger-ui.js",
    "/swagger-ui/oauth2-redirect.html",
    "/swagger-ui/index.css%00",
    "/swagger-ui/constructor",
  ];
  for (const address of addresses) assert.ok([400, 404].includes((await get(address)).statusCode), address);
});

test("the document is made once, at its first request", async (t) => {
  let made = 0;
  const get = serve(t, {
    document: () => {
      made++;
      return document;
    },
  });
  await get("/swagger-ui");
  await get("/swagger-ui/start.js");
  assert.equal(made, 0);
  const [first, second] = await Promise.all([get("/api-docs/openapi.json"), get("/api-docs/openapi.json")]);
  assert.equal(made, 1);
  assert.deepEqual(first.json(), document);
  assert.equal(second.body, first.body);
  assert.equal(first.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(first.headers["cache-control"], "no-cache");
});

test("a document that could not be made is made again at the next request", async (t) => {
  let made = 0;
  const get = serve(t, {
    document: async () => {
      made++;
      if (made === 1) throw new Error("not yet");
      return document;
    },
  });
  assert.equal((await get("/api-docs/openapi.json")).statusCode, 500);
  assert.equal((await get("/api-docs/openapi.json")).statusCode, 200);
});

test("the root leads to the page, under any prefix, unless it is taken", async (t) => {
  for (const [prefix, root] of [
    ["", "/"],
    ["/v1", "/v1/"],
  ] as const) {
    const { statusCode, headers } = await serve(t, {}, {}, prefix)(root);
    assert.equal(statusCode, 302);
    assert.equal(new URL(String(headers.location), `http://local${root}`).pathname, `${prefix}/swagger-ui`);
  }
  const fastify = Fastify();
  t.after(() => fastify.close());
  fastify.get("/", () => "taken");
  await fastify.register(swaggerUi({ document: () => document }));
  assert.equal((await fastify.inject("/")).body, "taken");
});

test("who has the document is told so", async (t) => {
  const get = serve(t);
  const url = "/api-docs/openapi.json";
  const etag = String((await get(url)).headers.etag);
  for (const header of [etag, `"other", ${etag}`, etag.replace("W/", ""), "*"]) {
    const { statusCode, body } = await get(url, { "if-none-match": header });
    assert.deepEqual({ statusCode, body }, { statusCode: 304, body: "" }, header);
  }
  assert.equal((await get(url, { "if-none-match": '"other"' })).statusCode, 200);
  const changed = serve(t, { document: () => ({ ...document, info: { title: "Test", version: "2" } }) });
  assert.equal((await changed(url, { "if-none-match": etag })).statusCode, 200);
});

test("who takes gzip gets gzip, and others the same in plain", async (t) => {
  const get = serve(t);
  const url = "/swagger-ui/swagger-ui-bundle.js";
  const plain = await get(url);
  for (const header of ["gzip", "br, GZIP;q=0.5", "*"]) {
    const packed = await get(url, { "accept-encoding": header });
    assert.equal(packed.headers["content-encoding"], "gzip", header);
    assert.ok(gunzipSync(packed.rawPayload).equals(plain.rawPayload));
    assert.ok(packed.rawPayload.length * 2 < plain.rawPayload.length);
  }
  for (const header of ["", "br", "gzip;q=0", "gzip; q=0.0, *", "identity"]) {
    assert.equal((await get(url, { "accept-encoding": header })).headers["content-encoding"], undefined, header);
  }
  assert.equal(plain.headers.vary, "accept-encoding");
  assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
  assert.match(String(plain.headers["cache-control"]), /max-age=3600/);
});
