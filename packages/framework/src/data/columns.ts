/**
 * The types of columns that mean the same on SQLite, MySQL and PostgreSQL, for migrations written with Kysely's schema builder.
 *
 * Moments are whole milliseconds since the epoch: they are exact, sort and compare as they are, and no server's time zone or driver's
 * parser has a say in them. MySQL indexes only text of a bounded length.
 */
export const column = {
  /** A UUID in its text form. */
  uuid: "varchar(36)",
  /** A moment, in milliseconds since the epoch. */
  moment: "bigint",
  flag: "boolean",
  count: "integer",
  /** JSON as text: it comes back as it was written, in the same order. */
  json: "text",
  /** Text without a bound, which cannot be indexed. */
  text: "text",
  /** Text of at most so many characters. */
  varchar: (characters: number) => `varchar(${characters})` as const,
} as const;
