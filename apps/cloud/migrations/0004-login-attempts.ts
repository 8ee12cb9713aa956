import type { Migration } from "@arcana/framework/data";
import { column } from "@arcana/framework/data";

/** The column is not called `key`, which is a word of MySQL's own. */
export const loginAttempts: Migration = {
  async up(db) {
    await db.schema
      .createTable("login_attempts")
      .addColumn("subject", column.varchar(300), (subject) => subject.primaryKey().notNull())
      .addColumn("failures", column.count, (failures) => failures.notNull())
      .addColumn("last_failure_at", column.moment, (at) => at.notNull())
      .addColumn("blocked_until", column.moment)
      .execute();
    await db.schema.createIndex("login_attempts_last_failure_at").on("login_attempts").column("last_failure_at").execute();
  },
  async down(db) {
    await db.schema.dropTable("login_attempts").execute();
  },
};
