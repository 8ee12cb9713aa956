/** A secret that a server makes for itself and keeps: for development, where nobody has configured one. */
import { randomBytes } from "node:crypto";
import { link, open, readFile, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { closeToOthers } from "../files/close-to-others.ts";
import { makeFolder } from "../files/make-folder.ts";

const secretBytes = 48;
const form = /^[A-Za-z0-9_-]{43,}$/;

/**
 * The secret in the file, which is made (mode 0600, 384 random bits) where it does not exist. Processes that start at
 * once all get the same one: whoever links its file first wins, and nobody ever sees half a file.
 *
 * @param onWarning told what an operator should mend: that others may read the file
 * @throws Error where the file cannot be read or made, or holds something else; it says what to do.
 */
export async function loadOrCreateSecret(path: string, onWarning: Warn = () => {}): Promise<string> {
  return (await findSecret(path, onWarning)) ?? (await createSecret(path, onWarning));
}

type Warn = (message: string) => void;

async function findSecret(path: string, onWarning: Warn): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw new Error(`the secret file ${path} cannot be read (${messageOf(error)}); make it readable or configure a secret`, {
      cause: error,
    });
  }
  const secret = text.trim();
  if (!form.test(secret)) throw new Error(`${path} does not hold a secret of 32 bytes or more in base64url; remove it to have one made`);
  // A copied file may have become readable for others.
  const warning = closeToOthers(path);
  if (warning !== undefined) onWarning(warning);
  return secret;
}

async function createSecret(path: string, onWarning: Warn): Promise<string> {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    makeFolder(dirname(path));
    await writeDraft(draft, `${randomBytes(secretBytes).toString("base64url")}\n`);
    // Unlike a rename, a link fails where another process was first.
    await link(draft, path).catch((error: unknown) => {
      if (!isFileError(error, "EEXIST")) throw error;
    });
  } catch (error) {
    throw new Error(`the secret file ${path} cannot be made (${messageOf(error)}); make its folder writable or configure a secret`, {
      cause: error,
    });
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  const secret = await findSecret(path, onWarning);
  if (secret === undefined) throw new Error(`the secret file ${path} vanished while it was being made`);
  return secret;
}

async function writeDraft(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
}

function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function messageOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
