import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { HeaderView } from "./header-view.ts";

/** The standard class over the same headers. */
function standard(received: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) for (const item of [value ?? []].flat()) headers.append(name, item);
  return headers;
}

const name = fc.constantFrom("authorization", "x-one", "accept", "constructor", "__proto__", "set-cookie");
const value = fc.constantFrom("a", "b c", "", "a, b");
const received = fc
  .array(fc.tuple(name, value))
  .map(
    (entries) =>
      Object.fromEntries(entries.map(([key, text]) => [key, key === "set-cookie" ? [text, "z=1"] : text])) as IncomingHttpHeaders,
  );

type Step = (headers: Headers) => unknown;
const step: fc.Arbitrary<Step> = fc.oneof(
  name.map(
    (key): Step =>
      (headers) =>
        headers.get(key.toUpperCase()),
  ),
  name.map(
    (key): Step =>
      (headers) =>
        headers.has(key),
  ),
  name.map(
    (key): Step =>
      (headers) =>
        headers.delete(key),
  ),
  fc.tuple(name, value).map(
    ([key, text]): Step =>
      (headers) =>
        headers.set(key, text),
  ),
  fc.tuple(name, value).map(
    ([key, text]): Step =>
      (headers) =>
        headers.append(key, text),
  ),
  fc.constant<Step>((headers) => [...headers]),
  fc.constant<Step>((headers) => [...headers.keys(), ...headers.values(), ...headers.entries()]),
  fc.constant<Step>((headers) => headers.getSetCookie()),
  fc.constant<Step>((headers) => {
    const seen: string[] = [];
    headers.forEach((text, key, all) => {
      assert.equal(all, headers);
      seen.push(key, text);
    });
    return seen;
  }),
);

test("whatever is done with it, it is as the standard Headers", () => {
  fc.assert(
    fc.property(received, fc.array(step, { maxLength: 8 }), (headers, steps) => {
      const view = new HeaderView(headers);
      const model = standard(headers);
      for (const run of steps) assert.deepEqual(run(view), run(model));
    }),
    { seed: 20, numRuns: 2000 },
  );
});

test("it does not write into what was received", () => {
  const headers: IncomingHttpHeaders = { accept: "a" };
  const view = new HeaderView(headers);
  view.set("accept", "b");
  assert.equal(view.get("accept"), "b");
  assert.deepEqual(headers, { accept: "a" });
});
