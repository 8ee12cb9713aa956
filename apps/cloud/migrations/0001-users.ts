import type { Migration } from "@arcana/framework/data";
import { column } from "@arcana/framework/data";

/**
 * `username_key` and `email_key` are the names as they are compared while the user lives, and NULL afterwards: a plain unique index
 * then frees them, on databases too that know no partial index. `search_text` is what a search looks in.
 */
export const users: Migration = {
  async up(db) {
    await db.schema
      .createTable("users")
      .addColumn("id", column.uuid, (id) => id.primaryKey().notNull())
      .addColumn("username", column.varchar(64), (username) => username.notNull())
      .addColumn("username_key", column.varchar(64))
      .addColumn("email", column.varchar(254), (email) => email.notNull())
      .addColumn("email_key", column.varchar(254))
      .addColumn("password_hash", column.varchar(255))
      .addColumn("first_name", column.varchar(100))
      .addColumn("last_name", column.varchar(100))
      .addColumn("role", column.varchar(32), (role) => role.notNull())
      .addColumn("status", column.varchar(32), (status) => status.notNull())
      .addColumn("email_verified", column.flag, (verified) => verified.notNull())
      .addColumn("avatar_url", column.varchar(2048))
      .addColumn("search_text", column.text, (text) => text.notNull())
      .addColumn("last_login_at", column.moment)
      .addColumn("created_at", column.moment, (at) => at.notNull())
      .addColumn("updated_at", column.moment, (at) => at.notNull())
      .addColumn("deleted_at", column.moment)
      .execute();
    await db.schema.createIndex("users_username_key").unique().on("users").column("username_key").execute();
    await db.schema.createIndex("users_email_key").unique().on("users").column("email_key").execute();
    await db.schema.createIndex("users_status_role").on("users").columns(["status", "role"]).execute();
    await db.schema.createIndex("users_created_at").on("users").columns(["created_at", "id"]).execute();
  },
  async down(db) {
    await db.schema.dropTable("users").execute();
  },
};
