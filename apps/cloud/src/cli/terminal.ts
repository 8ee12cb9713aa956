/** Where a command reads and writes. */
import { styleText } from "node:util";
import type { Environment } from "@arcana/framework/config";

/** The part of a stream that the commands write to. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** The part of a stream that the commands read from. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

export interface Streams {
  /** Asked for when something is read: to open the standard input takes time, which most commands need not spend. */
  readonly input: () => Input;
  readonly output: Output;
  readonly errors: Output;
  readonly environment: Environment;
}

export interface Terminal {
  readonly input: () => Input;
  readonly environment: Environment;
  /** Whether someone sits there: both ways lead to a terminal. */
  isInteractive(): boolean;
  /** Writes a line of the answer. */
  print(line: string): void;
  /** Writes a line beside the answer: a question, a warning, an error. */
  note(line: string): void;
  /** Writes text beside the answer without ending the line. */
  ask(text: string): void;
  /** The text in bold, in an answer that goes to a terminal. */
  bold(text: string): string;
  /** The text in red, in a note that goes to a terminal. */
  red(text: string): string;
}

/** Output whose reader went away, such as `head`, is dropped. */
export function createTerminal({ input, output, errors, environment }: Streams): Terminal {
  for (const stream of [output, errors]) stream.on("error", dropBrokenPipe);
  return {
    input,
    environment,
    isInteractive: () => errors.isTTY === true && input().isTTY === true,
    print: (line) => void output.write(`${line}\n`),
    note: (line) => void errors.write(`${line}\n`),
    ask: (text) => void errors.write(text),
    bold: (text) => (hasColours(output, environment) ? styleText("bold", text, { validateStream: false }) : text),
    red: (text) => (hasColours(errors, environment) ? styleText("red", text, { validateStream: false }) : text),
  };
}

function dropBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** https://no-color.org: any value but the empty one. */
function hasColours(output: Output, environment: Environment): boolean {
  return output.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
}
