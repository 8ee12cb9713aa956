import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from "kysely";
import { sql } from "kysely";
import type { UserPage, UserQuery } from "../service/ports.ts";
import type { Queries, Schema } from "./schema.ts";
import { LIKE_ESCAPE, searchPattern } from "./search.ts";
import { toUser, userColumns } from "./user-row.ts";

/** A page of users. The total is read after the page, so a write in between shows in the one and not in the other. */
export async function listUsers(db: Queries, query: UserQuery): Promise<UserPage> {
  const { page, size, sort } = query;
  const matching = db.selectFrom("users").where((eb) => matches(eb, query));
  const rows = await matching
    .select(userColumns)
    .orderBy(sortKey(query), sort.direction)
    // Every order is a total one, or pages would overlap.
    .orderBy("id", sort.direction)
    .limit(size)
    .offset(page * size)
    .execute();
  const { total } = await matching.select((eb) => eb.fn.countAll<number | string | bigint>().as("total")).executeTakeFirstOrThrow();
  return { users: rows.map(toUser), totalElements: Number(total) };
}

function matches(eb: ExpressionBuilder<Schema, "users">, { role, status, search }: UserQuery): ExpressionWrapper<Schema, "users", SqlBool> {
  const conditions = [status === undefined ? eb("status", "!=", "deleted") : eb("status", "=", status)];
  if (role !== undefined) conditions.push(eb("role", "=", role));
  if (search !== undefined) {
    const like = sql<SqlBool>`${sql.ref("search_text")} like ${searchPattern(search)} escape ${sql.lit(LIKE_ESCAPE)}`;
    conditions.push(eb.and([like]));
  }
  return eb.and(conditions);
}

/** Names are compared without case. Who never logged in comes before all who did: the databases differ in where they put NULL. */
function sortKey({ sort: { by }, status }: UserQuery) {
  switch (by) {
    case "username":
    case "email":
      // The deleted have no keys; they are never listed among the living.
      return status === "deleted" ? sql`lower(${sql.ref(by)})` : sql.ref(`${by}_key`);
    case "last_login_at":
      return sql`coalesce(${sql.ref(by)}, ${sql.lit(Number.MIN_SAFE_INTEGER)})`;
    default:
      return sql.ref(by);
  }
}
