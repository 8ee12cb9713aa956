import assert from "node:assert/strict";
import { test } from "node:test";
import { either, list } from "./compounds.ts";
import type { Field } from "./field.ts";
import { optional } from "./field.ts";
import { choice, duration, flag, integer, number, secret, size, text } from "./scalars.ts";
import { section } from "./schema.ts";
import { Secret } from "./secret.ts";

const doc = "A key.";

/** The value, or the problem. */
function read(field: Field<unknown>, raw: unknown): unknown {
  const parsed = field.parse(raw);
  return "value" in parsed ? parsed.value : parsed.problem;
}

function readText(field: Field<unknown>, text: string): unknown {
  return read(field, field.fromText(text));
}

test("a value of a file must have the key's own type", () => {
  assert.equal(read(integer({ doc }), "8080"), 'must be a whole number, not "8080"');
  assert.equal(read(integer({ doc }), 8080.5), "must be a whole number, not 8080.5");
  assert.equal(read(number({ doc }), Number.NaN), "must be a number, not NaN");
  assert.equal(read(flag({ doc }), "true"), 'must be true or false, not "true"');
  assert.equal(read(text({ doc }), 5), "must be text in quotes, not 5");
  assert.equal(read(text({ doc }), Object.create(null)), "must be text in quotes, not a table");
  assert.equal(read(text({ doc }), new Date(0)), "must be text in quotes, not the date 1970-01-01T00:00:00.000Z");
  assert.equal(read(duration({ doc }), 30), 'must be a duration such as "30s", not 30');
  assert.equal(read(size({ doc }), 30), 'must be a size such as "10mb", not 30');
  assert.equal(read(list(text({}), { doc }), "a"), 'must be a list such as ["a", "b"], not "a"');
});

test("text of a variable is read as the key's type", () => {
  assert.equal(readText(integer({ doc }), "8080"), 8080);
  assert.equal(readText(integer({ doc }), "0x10"), 'must be a whole number, not "0x10"');
  assert.equal(readText(integer({ doc }), ""), 'must be a whole number, not ""');
  assert.equal(readText(integer({ doc }), "99999999999999999999"), "must be a whole number, not 100000000000000000000");
  assert.equal(readText(number({ doc }), "-0.5e1"), -5);
  for (const word of ["true", "TRUE", "1", "yes", "on"]) assert.equal(readText(flag({ doc }), word), true);
  for (const word of ["false", "0", "no", "off"]) assert.equal(readText(flag({ doc }), word), false);
  assert.equal(readText(flag({ doc }), "maybe"), 'must be true or false, not "maybe"');
  assert.deepEqual(readText(list(integer({}), { doc }), "1, 2"), [1, 2]);
  assert.deepEqual(readText(list(text({}), { doc }), '["a,b"]'), ["a,b"]);
  assert.deepEqual(readText(list(text({}), { doc }), "[]"), []);
  assert.equal(readText(list(integer({}), { doc }), "1,b"), 'member 2 must be a whole number, not "b"');
});

test("limits are kept, both ends included", () => {
  const port = integer({ doc, min: 0, max: 65_535 });
  assert.equal(read(port, 0), 0);
  assert.equal(read(port, 65_535), 65_535);
  assert.equal(read(port, 65_536), "must be a whole number, 0 to 65535, not 65536");
  assert.equal(read(duration({ doc, min: "1s", max: "1m" }), "2m"), 'must be a duration 1s to 1m, not "2m"');
  assert.equal(read(duration({ doc, min: "1s", max: "1m" }), "60s"), 60_000);
  assert.equal(read(size({ doc, max: "1mb" }), "1025kb"), 'must be a size 0b to 1mb, not "1025kb"');
});

test("a duration is never longer than a timer can wait", () => {
  assert.equal(read(duration({ doc }), "24d"), 24 * 86_400_000);
  assert.match(String(read(duration({ doc }), "25d")), /^must be a duration 0s to 24d/);
});

test("a choice names the words, and a check adds its own sentence", () => {
  assert.equal(read(choice(["a", "b"], { doc }), "c"), 'must be one of "a", "b", not "c"');
  const path = text({ doc, check: (value) => (value.startsWith("/") ? undefined : 'must begin with "/"') });
  assert.equal(read(path, "metrics"), 'must begin with "/"');
  assert.equal(read(path, "/metrics"), "/metrics");
});

test("either form is taken, from a file and from a variable", () => {
  const workers = either(integer({ min: 1 }), choice(["auto"], {}), { doc });
  assert.equal(read(workers, 2), 2);
  assert.equal(read(workers, "auto"), "auto");
  assert.equal(readText(workers, "2"), 2);
  assert.equal(readText(workers, "auto"), "auto");
  assert.equal(readText(workers, "0"), 'must be integer, 1 or more; or one of "auto"; not "0"');
});

test("a secret is wrapped, measured in bytes, and in no message", () => {
  const field = secret({ doc, minBytes: 8 });
  const value = read(field, "ääää");
  assert.ok(value instanceof Secret);
  assert.equal(value.reveal(), "ääää");
  assert.equal(read(field, "geheim"), "must have 8 bytes or more, and has 6");
  assert.equal(read(field, 12_345), "must be text in quotes");
  assert.equal(read(list(field, { doc }), "geheim"), 'must be a list such as ["a", "b"], not one value');
});

test("a password within a URL is in no message", () => {
  const url = text({ doc, pattern: /^sqlite:/, form: "a URL that begins with sqlite:" });
  const problem = String(read(url, "mysql://root:p@ss:w/ord@db:3306/arcana"));
  assert.equal(problem, 'must be a URL that begins with sqlite:, not "mysql://root:[redacted]@db:3306/arcana"');
});

test("a schema that cannot be right is refused where it is written", () => {
  assert.throws(() => integer({ doc, min: 1, default: 0 }), /must be a whole number, 1 or more, not 0/);
  assert.throws(() => section({ camelCase: flag({ doc }) }), /camelCase must be written in snake_case/);
  assert.throws(() => section({ silent: flag({}) }), /silent needs a doc line/);
});

test("an optional key keeps its form", () => {
  const port = optional(integer({ doc, max: 10 }));
  assert.equal(port.optional, true);
  assert.equal(read(port, 11), "must be a whole number, at most 10, not 11");
});
