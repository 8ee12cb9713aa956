/** The command line is wrong. Its message is one line that says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
