import { EventEmitter } from "node:events";
import type { Environment } from "@arcana/framework/config";
import type { Input, Output, Streams } from "../terminal.ts";

/** Streams that keep what was written, for tests of commands. */
export interface FakeStreams extends Streams {
  readonly output: FakeOutput;
  readonly errors: FakeOutput;
  /** Whether keys come one by one, unshown. */
  readonly rawModes: readonly boolean[];
}

export class FakeOutput extends EventEmitter implements Output {
  readonly isTTY: boolean;
  text = "";

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

export interface FakeStreamsOptions {
  readonly isTTY?: boolean;
  readonly input?: readonly string[];
  readonly environment?: Environment;
}

export function fakeStreams({ isTTY = false, input = [], environment = {} }: FakeStreamsOptions = {}): FakeStreams {
  const rawModes: boolean[] = [];
  const source: Input = {
    isTTY,
    setRawMode: (raw) => rawModes.push(raw),
    async *[Symbol.asyncIterator]() {
      yield* input.map((text) => Buffer.from(text));
    },
  };
  return { input: () => source, output: new FakeOutput(isTTY), errors: new FakeOutput(isTTY), environment, rawModes };
}
