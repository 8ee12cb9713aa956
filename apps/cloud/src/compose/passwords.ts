import { availableParallelism } from "node:os";
import { createPasswordHasher } from "@arcana/framework/security";
import type { Config } from "../config.ts";
import type { PasswordHash } from "../domain/user.ts";

/** The hasher that the configuration asks for. */
export function createPasswords({ security: { argon2 } }: Config) {
  const { memoryKib, time, parallelism, concurrency, queueLimit } = argon2;
  return createPasswordHasher<PasswordHash>({
    memoryKib,
    time,
    parallelism,
    concurrency: concurrency === "auto" ? availableParallelism() : concurrency,
    queueLimit,
  });
}
