import { availableParallelism } from "node:os";
import { createAccessTokens, createKeyRing, createPasswordHasher } from "@arcana/framework/security";
import { hash } from "@node-rs/argon2";
import type { Figure } from "./report.ts";
import { median } from "./report.ts";

const subject = { userId: "0199a000-0000-7000-8000-000000000001", sessionId: "0199a000-0000-7000-8000-000000000002", role: "user" };

/** The parts by themselves: checking an access token, and hashing passwords beside raw Argon2 at the same concurrency. */
export async function security(): Promise<readonly Figure[]> {
  return [...(await tokens()), ...(await passwords())];
}

async function tokens(): Promise<readonly Figure[]> {
  const options = {
    keys: createKeyRing({ signing: { kind: "secret", secret: "only for measuring, and thirty-two bytes" } }),
    issuer: "bench",
    audience: "bench",
    expirationSecs: 3600,
    clock: { now: () => new Date() },
  };
  const cached = createAccessTokens(options);
  const uncached = createAccessTokens({ ...options, cacheSize: 0 });
  const { token } = await cached.issue(subject);
  await cached.verify(token);
  // As in a server, every call has a string of its own whose hash is not known yet; making the string is not what is measured.
  const header = Buffer.from(`Bearer ${token}`);
  const withVerify = syncNs(() => cached.verify(header.toString("latin1", 7)));
  const stringAlone = syncNs(() => header.toString("latin1", 7));
  return [
    { what: "access token, seen before", value: withVerify - stringAlone, unit: "ns", goal: { atMost: 1000 } },
    { what: "access token, new", value: await asyncUs(async () => uncached.verify(token)), unit: "µs" },
    { what: "access token, issued", value: await asyncUs(() => cached.issue(subject)), unit: "µs" },
  ];
}

const rounds = 7;

function syncNs(work: () => unknown): number {
  const times = 20_000;
  const round = () => {
    const startedAt = performance.now();
    for (let count = 0; count < times; count++) work();
    return ((performance.now() - startedAt) / times) * 1e6;
  };
  round();
  return median(Array.from({ length: rounds }, round));
}

async function asyncUs(work: () => Promise<unknown>): Promise<number> {
  const results: number[] = [];
  for (let round = 0; round <= rounds; round++) results.push(1e6 / (await rate(1, 300, work)));
  return median(results.slice(1));
}

async function passwords(): Promise<readonly Figure[]> {
  const concurrency = availableParallelism();
  const hasher = createPasswordHasher({ concurrency });
  const password = "correct horse battery staple";
  const [raw, bounded]: [number[], number[]] = [[], []];
  const contenders = [
    async () => raw.push(await rate(concurrency, 20, () => hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }))),
    async () => bounded.push(await rate(concurrency * 8, 20, () => hasher.hash(password))),
  ];
  // Short rounds in changing order, compared in pairs: what else runs on the machine then meets both alike.
  for (let round = 0; round <= 20; round++) for (const contend of round % 2 === 0 ? contenders : contenders.toReversed()) await contend();
  const ratios = bounded.map((of, round) => of / (raw[round] ?? Number.NaN));
  return [
    { what: "Argon2id hash, raw", value: median(raw.slice(1)), unit: "/s" },
    { what: "password hasher", value: median(bounded.slice(1)), unit: "/s", note: `${concurrency} at once, ${concurrency * 7} waiting` },
    { what: "hasher / raw", value: median(ratios.slice(1)), unit: "×", goal: { atLeast: 0.95 } },
  ];
}

/** Pieces of work a second, `clients` always asking. */
async function rate(clients: number, count: number, work: () => Promise<unknown>): Promise<number> {
  let left = count;
  const startedAt = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (count / (performance.now() - startedAt)) * 1000;
}
