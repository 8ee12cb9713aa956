import { frameworkError } from "@arcana/framework/error";
import type { ListUsersRequest } from "../gen/arcana/user/v1/user_pb.ts";
import type { UserQuery } from "../service/ports.ts";
import { userSorts } from "../service/ports.ts";
import { fromProtoRole } from "./role.ts";
import { fromProtoStatus } from "./status.ts";

const defaultSize = 20;
const defaultSort = "created_at:desc";

/** @throws INVALID_ARGUMENT */
export function toUserQuery({ page, size, role, status, search, sort }: ListUsersRequest): UserQuery {
  return {
    page,
    size: size ?? defaultSize,
    role: role === undefined ? undefined : fromProtoRole(role),
    status: status === undefined ? undefined : fromProtoStatus(status),
    search: search?.trim() || undefined,
    sort: parseSort(sort || defaultSort),
  };
}

/** `field`, `field:asc` or `field:desc`. */
function parseSort(text: string): UserQuery["sort"] {
  const [field, direction = "asc"] = text.split(":");
  const by = userSorts.find((sort) => sort === field);
  if (by === undefined || (direction !== "asc" && direction !== "desc"))
    throw frameworkError("INVALID_ARGUMENT", `sort must be one of ${userSorts.join(", ")}, with :asc or :desc`);
  return { by, direction };
}
