import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isCanonicalBase64Url, mostTokenLength, parseTokenHeader } from "./compact-jws.ts";

/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });

const base64Url = (text: string | Uint8Array) => Buffer.from(text).toString("base64url");
const tokenOf = (header: string | Uint8Array) => `${base64Url(header)}.e30.AAAA`;
const good = { alg: "HS256", typ: "JWT", kid: "k" };

test("a header is read from a token in canonical form", () => {
  assert.deepEqual(parseTokenHeader(tokenOf(JSON.stringify(good))), good);
  assert.deepEqual(parseTokenHeader(tokenOf(JSON.stringify({ ...good, typ: "at+jwt", cty: "x" }))), { ...good, typ: "at+jwt" });
  assert.deepEqual(parseTokenHeader(tokenOf('{ "kid" : "\\u006b",\n"typ":"application/AT+JWT", "alg":":\\":"}')), {
    alg: ':":',
    typ: "application/AT+JWT",
    kid: "k",
  });
});

for (const [what, header] of [
  ["no algorithm", '{"typ":"JWT","kid":"k"}'],
  ["no type", '{"alg":"HS256","kid":"k"}'],
  ["another type", '{"alg":"HS256","typ":"JOSE","kid":"k"}'],
  ["no key name", '{"alg":"HS256","typ":"JWT"}'],
  ["a key name that is no string", '{"alg":"HS256","typ":"JWT","kid":1}'],
  ["an extension that must be understood", '{"alg":"HS256","typ":"JWT","kid":"k","crit":["exp"]}'],
  ["an extension list that is a string", '{"alg":"HS256","typ":"JWT","kid":"k","crit":"exp"}'],
  ["a key of its own", '{"alg":"HS256","typ":"JWT","kid":"k","jwk":{"kty":"oct","k":"AA"}}'],
  ["a name twice", '{"alg":"HS256","typ":"JWT","kid":"k","alg":"none"}'],
  ["a name twice in two spellings", '{"alg":"HS256","typ":"JWT","kid":"k","\\u0061lg":"HS256"}'],
  ["a name that the prototype has", '{"__proto__":"x","alg":"HS256","typ":"JWT"}'],
  ["no object", '["HS256"]'],
  ["null", "null"],
  ["no JSON", "{alg:HS256}"],
  ["a byte order mark", `\ufeff${JSON.stringify(good)}`],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
] as const)
  test(`a header with ${what} is refused`, () => {
    assert.equal(parseTokenHeader(tokenOf(header)), undefined);
  });

test("a token of other than three parts is refused", () => {
  const [header = ""] = tokenOf(JSON.stringify(good)).split(".");
  for (const token of [
    "",
    header,
    `${header}.e30`,
    `${header}.e30.`,
    `${header}..AAAA`,
    `.e30.AAAA`,
    `${header}.e30.AAAA.`,
    `${header}.e30.A.A.A`,
  ])
    assert.equal(parseTokenHeader(token), undefined, token);
});

test("a token of more than 8 KiB is refused, one of 8 KiB is read", () => {
  const token = tokenOf(JSON.stringify(good));
  const padded = (length: number) => token.replace("e30", "A".repeat(length - token.length + 3));
  assert.deepEqual(parseTokenHeader(padded(mostTokenLength)), good);
  assert.equal(parseTokenHeader(padded(mostTokenLength + 4)), undefined);
});

/** The definition, written out: the alphabet, no impossible length, no bits left over. */
function isCanonicalByTheBook(text: string): boolean {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const digits = [...text].map((letter) => alphabet.indexOf(letter));
  if (digits.length === 0 || digits.includes(-1) || digits.length % 4 === 1) return false;
  const last = digits.at(-1) ?? 0;
  return digits.length % 4 === 0 || last % (digits.length % 4 === 2 ? 16 : 4) === 0;
}

test("canonical base64url is what RFC 4648 says it is", () => {
  const text = fc.string({ unit: fc.constantFrom(..."AQgwBCDZaz059-_+/= \n.é"), maxLength: 9 });
  fc.assert(
    fc.property(text, (candidate) => {
      assert.equal(isCanonicalBase64Url(candidate), isCanonicalByTheBook(candidate));
    }),
    { seed: 8, numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      assert.equal(isCanonicalBase64Url(base64Url(bytes)), true);
    }),
    { seed: 9 },
  );
});

test("whatever the text, reading it ends in a header or in none", () => {
  const json = fc.json().map((text) => tokenOf(text));
  fc.assert(
    fc.property(fc.oneof(anyText, json, fc.stringMatching(/^[\w-]*\.[\w-]*\.[\w-]*$/)), (token) => {
      const header = parseTokenHeader(token);
      assert.ok(header === undefined || typeof header.kid === "string");
    }),
    { seed: 10, numRuns: 1000 },
  );
});

test("a flat object is read where its names differ, and refused where one is repeated", () => {
  const texts = fc.string({ unit: fc.constantFrom(...'":,{}\\ aé\u0001') });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(texts, texts), { selector: ([name]) => name }), fc.boolean(), (members, repeat) => {
      const pairs = [...Object.entries(good), ...members, ...(repeat ? [["kid", "k"] as const] : [])];
      const json = `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(" ,")}}`;
      assert.deepEqual(parseTokenHeader(tokenOf(json)), repeat ? undefined : good);
    }),
    { seed: 11, numRuns: 500 },
  );
});
