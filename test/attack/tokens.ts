// Access tokens as forgers make them.
import type { KeyObject } from "node:crypto";
import { createHmac, sign } from "node:crypto";

export type Json = Readonly<Record<string, unknown>>;

export interface Parts {
  readonly header: Json;
  readonly payload: Json;
}

export function partsOf(token: string): Parts {
  const [header = "", payload = ""] = token.split(".");
  return { header: decode(header), payload: decode(payload) };
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Json;
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

export function hs256(secret: string | Uint8Array, { header, payload }: Parts): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

export function ed25519(key: KeyObject, { header, payload }: Parts): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

/** Another spelling of the last letter: its unused bits set, which a lenient decoder passes over. */
export function withLooseBits(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const other = alphabet[alphabet.indexOf(part.at(-1) ?? "A") + 1];
  if (part.length % 4 === 0 || other === undefined) throw new Error("the part has no unused bits that are zero");
  return part.slice(0, -1) + other;
}
