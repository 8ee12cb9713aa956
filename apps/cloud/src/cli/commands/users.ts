import { randomBytes } from "node:crypto";
import { ArcanaError } from "@arcana/framework/error";
import { parseEmail } from "../../domain/email.ts";
import { parseUsername } from "../../domain/username.ts";
import type { Command, Group, Invocation } from "../command.ts";
import { textOf } from "../command.ts";
import { UsageError } from "../usage-error.ts";

const createAdmin: Command = {
  kind: "command",
  name: "create-admin",
  summary: "Creates a superadmin",
  details: "On a terminal it asks for the password. The server may be running meanwhile.",
  options: {
    email: { type: "string", value: "ADDRESS", doc: "The mail address" },
    username: { type: "string", value: "NAME", doc: "The username" },
    "password-stdin": { type: "boolean", doc: "Read the password from the standard input" },
    "generate-password": { type: "boolean", doc: "Make a password and print it" },
  },
  async run(invocation) {
    const { values, loadConfig, operations, terminal } = invocation;
    const email = required(textOf(values, "email"), "--email ADDRESS");
    const username = required(textOf(values, "username"), "--username NAME");
    // Before anybody types a password for it, twice.
    check("--email", email, parseEmail);
    check("--username", username, parseUsername);
    const { config } = await loadConfig();
    const password = await passwordFor(invocation);
    const created = await operations.createAdmin(config, { email, username, password });
    terminal.print(`created the superadmin ${created.username} <${created.email}>, ${created.id}`);
    if (values["generate-password"] === true) terminal.print(`password: ${password}`);
  },
};

function required(value: string | undefined, form: string): string {
  if (value === undefined || value === "") throw new UsageError(`an administrator needs ${form}`);
  return value;
}

function check(option: string, value: string, parse: (text: string) => unknown): void {
  try {
    parse(value);
  } catch (error) {
    if (!(error instanceof ArcanaError)) throw error;
    const [violation] = error.violations;
    throw new UsageError(`${option} "${value}": ${violation?.message ?? error.message}`);
  }
}

async function passwordFor({ values, terminal }: Invocation): Promise<string> {
  const fromInput = values["password-stdin"] === true;
  if (fromInput && values["generate-password"] === true) {
    throw new UsageError("--password-stdin and --generate-password exclude each other");
  }
  if (values["generate-password"] === true) return randomBytes(18).toString("base64url");
  if (!fromInput && !terminal.isInteractive()) {
    throw new UsageError("there is no terminal to ask for a password on; use --password-stdin or --generate-password");
  }
  const { askPassword, readPassword } = await import("../password-input.ts");
  return fromInput ? readPassword(terminal.input()) : askPassword(terminal);
}

export const users: Group = { kind: "group", name: "users", summary: "Looks after users", commands: [createAdmin] };
