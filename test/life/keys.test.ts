import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { environmentIn, scratch, startServer } from "./process.ts";
import { call, register } from "./rest.ts";

/** Writes a private key and its public half; returns their files. */
function makeKey(folder: string, name: string, algorithm: "EdDSA" | "ES256"): { readonly signing: string; readonly verification: string } {
  const { privateKey, publicKey } =
    algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const files = { signing: join(folder, `${name}.pem`), verification: join(folder, `${name}.pub.pem`) };
  writeFileSync(files.signing, privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(files.verification, publicKey.export({ type: "spki", format: "pem" }));
  return files;
}

for (const algorithm of ["EdDSA", "ES256"] as const)
  test(`keys of ${algorithm} rotate without ending a session, and end one when they are taken away`, async () => {
    using space = scratch();
    const [old, next] = [makeKey(space.folder, "old", algorithm), makeKey(space.folder, "next", algorithm)];
    const serve = (signing: string, verification: readonly string[]) =>
      startServer(
        environmentIn(space.folder, {
          ARCANA_SECURITY__JWT_ALGORITHM: algorithm,
          ARCANA_SECURITY__JWT_SIGNING_KEY_FILE: signing,
          ...(verification.length > 0 && { ARCANA_SECURITY__JWT_VERIFICATION_KEY_FILES: verification.join(",") }),
        }),
      );
    const keysOf = async (port: number) =>
      ((await call(port, "GET", "/.well-known/jwks.json")).body.keys as { kid: string; alg: string; d?: string }[]) ?? [];
    const me = async (port: number, token: string) => (await call(port, "GET", "/api/v1/auth/me", { token })).status;

    let token: string;
    let kid: string | undefined;
    {
      await using server = await serve(old.signing, []);
      ({ token } = await register(server.rest, "ann"));
      const keys = await keysOf(server.rest);
      kid = keys[0]?.kid;
      assert.deepEqual(
        keys.map(({ alg, d }) => [alg, d]),
        [[algorithm, undefined]],
      );
      const header = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string; alg: string };
      assert.deepEqual([header.kid, header.alg], [kid, algorithm]);
    }
    {
      await using server = await serve(next.signing, [old.verification]);
      assert.equal(await me(server.rest, token), 200);
      const keys = await keysOf(server.rest);
      assert.equal(keys.length, 2);
      assert.notEqual(keys[0]?.kid, kid);
      const fresh = await register(server.rest, "bob");
      assert.equal(await me(server.rest, fresh.token), 200);
    }
    await using server = await serve(next.signing, []);
    assert.equal(await me(server.rest, token), 401);
  });
