import assert from "node:assert/strict";
import { test } from "node:test";
import { welcome } from "./welcome.ts";

const at = (address: string, port: number) => ({ address, port, family: "any" });

test("a server that listens everywhere is found on this machine, another at its address", () => {
  assert.deepEqual(welcome(at("0.0.0.0", 8080), at("::", 9090)), {
    rest: "http://localhost:8080",
    docs: "http://localhost:8080/swagger-ui",
    grpc: "localhost:9090",
  });
  assert.deepEqual(welcome(at("::1", 80), at("127.0.0.1", 90)), {
    rest: "http://[::1]:80",
    docs: "http://[::1]:80/swagger-ui",
    grpc: "127.0.0.1:90",
  });
});
