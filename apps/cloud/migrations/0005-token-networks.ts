import type { Migration } from "@arcana/framework/data";
import { column } from "@arcana/framework/data";

/** From which network a session was used: that tells an account's owner from strangers who guess at its password. */
export const tokenNetworks: Migration = {
  async up(db) {
    await db.schema.alterTable("oauth_tokens").addColumn("network", column.varchar(64)).execute();
    await db.schema.createIndex("oauth_tokens_network").on("oauth_tokens").columns(["user_id", "network"]).execute();
  },
  async down(db) {
    // Here, for every start reads the list of migrations, and most have nothing to migrate.
    const { MysqlAdapter } = await import("kysely");
    const index = db.schema.dropIndex("oauth_tokens_network");
    // An index is the table's own on MySQL, and the schema's elsewhere.
    await (db.getExecutor().adapter instanceof MysqlAdapter ? index.on("oauth_tokens") : index).execute();
    await db.schema.alterTable("oauth_tokens").dropColumn("network").execute();
  },
};
