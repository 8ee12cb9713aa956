/** What the supervisor and its workers say to each other, over the channel that Node puts between the processes. */

/** An error on its way from one process to another. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

export type FromWorker =
  /** It listens: what was said to it before is lost. */
  | { readonly arcana: "hello" }
  | { readonly arcana: "ready" }
  | { readonly arcana: "failed"; readonly error: SentError }
  /** Wants every worker's share of the topic. */
  | { readonly arcana: "gather"; readonly id: number; readonly topic: string }
  | { readonly arcana: "answer"; readonly id: number; readonly shares: readonly unknown[] };

export type FromSupervisor =
  | { readonly arcana: "start"; readonly number: number; readonly count: number }
  | { readonly arcana: "stop" }
  | { readonly arcana: "ask"; readonly id: number; readonly topic: string }
  | { readonly arcana: "gathered"; readonly id: number; readonly shares: readonly unknown[] };

/** The message, where it is one of ours: other libraries may use the channel as well. */
export function ours<Message extends FromWorker | FromSupervisor>(message: unknown): Message | undefined {
  return typeof message === "object" && message !== null && "arcana" in message ? (message as Message) : undefined;
}

/** Takes apart what was thrown: the channel would keep only the message of an error of our own class. */
export function packError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown), stack: undefined, properties: {} };
  const plain = Object.entries(thrown).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return { name: thrown.name, message: thrown.message, stack: thrown.stack, properties: Object.fromEntries(plain) };
}

/** Puts the error together again: name, message, stack and plain properties such as `code` are as they were, its class is Error. */
export function unpackError({ name, message, stack, properties }: SentError): Error {
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, { ...properties, name });
}
