/** A resource that is made at its first request and then kept, compressed; its ETag says when it is another one. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface Asset {
  /** Such as `text/html; charset=utf-8`. */
  readonly contentType: string;
  readonly cacheControl: string;
  /** Makes the resource; called once. */
  readonly load: () => Promise<Uint8Array | string> | Uint8Array | string;
}

interface Kept {
  readonly etag: string;
  /** Only this form is kept: every browser takes it, and the others can wait for it to be unpacked. */
  readonly gzipped: Buffer;
}

/** Answers requests for the asset: 304 where the client has it, compressed where the client takes that. */
export function assetHandler({ contentType, cacheControl, load }: Asset) {
  let making: Promise<Kept> | undefined;
  const keep = (): Promise<Kept> => {
    making ??= make(load).catch((error: unknown) => {
      making = undefined; // The next request tries again.
      throw error;
    });
    return making;
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { etag, gzipped } = await keep();
    reply.header("content-type", contentType);
    reply.header("cache-control", cacheControl).header("vary", "accept-encoding").header("etag", etag);
    if (matches(request.headers["if-none-match"], etag)) return reply.code(304).send();
    if (!takesGzip(request.headers["accept-encoding"])) return reply.send(await decompress(gzipped));
    return reply.header("content-encoding", "gzip").send(gzipped);
  };
}

async function make(load: Asset["load"]): Promise<Kept> {
  const body = await load();
  const hash = createHash("sha256").update(body).digest("base64url");
  // Weak: the compressed form and the plain one share it (RFC 9110 §8.8.1).
  return { etag: `W/"${hash.slice(0, 22)}"`, gzipped: await compress(body) };
}

/** RFC 9110 §13.1.2: `*` or a list; compared weakly. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return header.trim() === "*" || header.split(",").some((tag) => opaque(tag) === opaque(etag));
}

/** RFC 9110 §12.5.3: named, or meant by `*`, and not with weight 0. */
function takesGzip(header: string | string[] | undefined): boolean {
  const weights = new Map(
    String(header ?? "")
      .toLowerCase()
      .split(",")
      .map((part) => {
        const [coding = "", weight = "1"] = part.trim().split(/\s*;\s*q=/);
        return [coding, Number(weight)] as const;
      }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}
