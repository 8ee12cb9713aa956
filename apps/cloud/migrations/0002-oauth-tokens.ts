import type { Migration } from "@arcana/framework/data";
import { column } from "@arcana/framework/data";

/** A session is the tokens of one family; `family_started_at` tells when it began, even after its first tokens have been purged. */
export const oauthTokens: Migration = {
  async up(db) {
    await db.schema
      .createTable("oauth_tokens")
      .addColumn("id", column.uuid, (id) => id.primaryKey().notNull())
      .addColumn("user_id", column.uuid, (user) => user.notNull().references("users.id"))
      .addColumn("token_hash", column.varchar(64), (hash) => hash.notNull())
      .addColumn("family_id", column.uuid, (family) => family.notNull())
      .addColumn("family_started_at", column.moment, (at) => at.notNull())
      .addColumn("device_id", column.varchar(128))
      .addColumn("user_agent", column.text)
      .addColumn("ip_address", column.varchar(64))
      .addColumn("expires_at", column.moment, (at) => at.notNull())
      .addColumn("revoked", column.flag, (revoked) => revoked.notNull())
      .addColumn("revoked_at", column.moment)
      .addColumn("created_at", column.moment, (at) => at.notNull())
      .addColumn("last_used_at", column.moment, (at) => at.notNull())
      .execute();
    await db.schema.createIndex("oauth_tokens_token_hash").unique().on("oauth_tokens").column("token_hash").execute();
    await db.schema.createIndex("oauth_tokens_family").on("oauth_tokens").columns(["family_id", "revoked"]).execute();
    await db.schema.createIndex("oauth_tokens_user").on("oauth_tokens").columns(["user_id", "revoked"]).execute();
    await db.schema.createIndex("oauth_tokens_expires_at").on("oauth_tokens").column("expires_at").execute();
    await db.schema.createIndex("oauth_tokens_revoked_at").on("oauth_tokens").column("revoked_at").execute();
  },
  async down(db) {
    await db.schema.dropTable("oauth_tokens").execute();
  },
};
