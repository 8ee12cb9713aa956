import type { Migration } from "@arcana/framework/data";
import { column } from "@arcana/framework/data";

/** `user_id` refers to nothing: the log outlives whom it tells of. */
export const auditLogs: Migration = {
  async up(db) {
    await db.schema
      .createTable("audit_logs")
      .addColumn("id", column.uuid, (id) => id.primaryKey().notNull())
      .addColumn("user_id", column.uuid)
      .addColumn("action", column.varchar(64), (action) => action.notNull())
      .addColumn("resource_type", column.varchar(64), (type) => type.notNull())
      .addColumn("resource_id", column.varchar(255))
      .addColumn("details", column.json, (details) => details.notNull())
      .addColumn("ip_address", column.varchar(64))
      .addColumn("user_agent", column.text)
      .addColumn("success", column.flag, (success) => success.notNull())
      .addColumn("error_message", column.text)
      .addColumn("timestamp", column.moment, (at) => at.notNull())
      .execute();
    await db.schema.createIndex("audit_logs_timestamp").on("audit_logs").column("timestamp").execute();
    await db.schema.createIndex("audit_logs_user").on("audit_logs").columns(["user_id", "timestamp"]).execute();
  },
  async down(db) {
    await db.schema.dropTable("audit_logs").execute();
  },
};
