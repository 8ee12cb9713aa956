/** Reads a password from whoever calls, without showing it. */
import { StringDecoder } from "node:string_decoder";
import type { Input, Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** Longer than any password that is taken. */
const mostCharacters = 4096;

/** All of the input without its last line end: for `--password-stdin`. @throws UsageError where there is nothing, or too much. */
export async function readPassword(input: Input): Promise<string> {
  const decoder = new StringDecoder("utf8");
  let text = "";
  for await (const chunk of input) {
    text += typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    if (text.length > mostCharacters)
      throw new UsageError(`the password on the standard input is longer than ${mostCharacters} characters`);
  }
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw new UsageError("the standard input holds no password");
  return password;
}

/** Asks twice, until both are equal. @throws UsageError where the input ends or is cancelled by Ctrl-C. */
export async function askPassword(terminal: Terminal): Promise<string> {
  const input = terminal.input();
  input.setRawMode?.(true);
  const keys = keysOf(input);
  try {
    for (;;) {
      const first = await askLine(terminal, keys, "Password: ");
      const second = await askLine(terminal, keys, "Once more: ");
      if (first === second && first !== "") return first;
      terminal.note(first === "" ? "a password cannot be empty; again:" : "they differ; again:");
    }
  } finally {
    input.setRawMode?.(false);
    await keys.return?.();
  }
}

/** Every key that is pressed; one that was pasted comes in many at once. */
async function* keysOf(input: Input): AsyncGenerator<string, void> {
  const decoder = new StringDecoder("utf8");
  for await (const chunk of input) yield* typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
}

const enter = new Set(["\r", "\n"]);
const backspace = new Set(["\b", "\u007f"]);
/** Ctrl-C and Ctrl-D, which a terminal in raw mode gives like any other key. */
const giveUp = new Set(["\u0003", "\u0004"]);
/** Ctrl-U. */
const killLine = "\u0015";

async function askLine(terminal: Terminal, keys: AsyncIterator<string>, question: string): Promise<string> {
  terminal.ask(question);
  const typed: string[] = [];
  for (;;) {
    const { value: key, done } = await keys.next();
    if (done === true || giveUp.has(key)) {
      terminal.note("");
      throw new UsageError("no password was given");
    }
    if (enter.has(key)) break;
    if (backspace.has(key)) typed.pop();
    else if (key === killLine) typed.length = 0;
    else typed.push(key);
  }
  terminal.note("");
  return typed.join("");
}
