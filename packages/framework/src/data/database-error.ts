/** What is wrong with a database, apart from the statement that was sent to it. */
export const databaseFaults = {
  bad_url: "The address of the database cannot be understood.",
  unwritable: "The database file or its folder cannot be opened or written.",
  not_a_database: "The file is something else than a database.",
  locked: "Another process holds the database for longer than the waiting time.",
  full: "There is no room left where the database is.",
  corrupt: "The database file is damaged.",
  io: "The disk failed while the database was read or written.",
  newer_schema: "The database was migrated by a newer build than this one.",
  closed: "The database has been closed.",
} as const;

export type DatabaseFault = keyof typeof databaseFaults;

/**
 * A fault that an operator has to mend. Its message is one line for the operator: it names the file and what to do,
 * so it is logged, or printed by the command line, and never sent to a client.
 */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly fault: DatabaseFault;

  constructor(fault: DatabaseFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
