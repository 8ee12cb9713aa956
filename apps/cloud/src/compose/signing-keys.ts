/** The keys that the configuration names, read once at the start. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "@arcana/framework/config";
import type { KeyRing, KeySource } from "@arcana/framework/security";
import { createKeyRing, loadOrCreateSecret } from "@arcana/framework/security";
import type { Config } from "../config.ts";
import { makesOwnSecret } from "../config-rules.ts";

/** @throws ConfigError where a key file cannot be read, or holds no key of the configured algorithm. */
export async function loadKeyRing(config: Config, onWarning: (message: string) => void): Promise<KeyRing> {
  const { jwtAlgorithm, jwtVerificationKeyFiles } = config.security;
  const signing = await signingSource(config, onWarning);
  const verification = await Promise.all(jwtVerificationKeyFiles.map((file) => pemSource("security.jwt_verification_key_files", file)));
  const path = jwtAlgorithm === "HS256" ? "security.jwt_secret" : "security.jwt_signing_key_file";
  const ring = asProblem(path, () => createKeyRing({ signing, verification }));
  if (ring.signing.algorithm !== jwtAlgorithm) {
    throw problem(path, `holds a key for ${ring.signing.algorithm}, and security.jwt_algorithm is ${jwtAlgorithm}`);
  }
  return ring;
}

async function signingSource(config: Config, onWarning: (message: string) => void): Promise<KeySource> {
  const { jwtSecret, jwtSigningKeyFile } = config.security;
  if (jwtSigningKeyFile !== undefined) return pemSource("security.jwt_signing_key_file", jwtSigningKeyFile);
  if (jwtSecret !== undefined) return { kind: "secret", secret: jwtSecret.reveal() };
  if (makesOwnSecret(config))
    return { kind: "secret", secret: await loadOrCreateSecret(join(config.app.dataDirectory, "jwt-secret"), onWarning) };
  throw problem("security.jwt_secret", "is not set");
}

async function pemSource(path: string, file: string): Promise<KeySource> {
  try {
    return { kind: "pem", pem: await readFile(file, "utf8") };
  } catch (error) {
    throw problem(path, `names ${file}, which cannot be read: ${(error as Error).message}`);
  }
}

function asProblem<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw problem(path, error instanceof Error ? error.message : String(error));
  }
}

function problem(path: string, message: string): ConfigError {
  return new ConfigError([{ path, origin: undefined, message }]);
}
