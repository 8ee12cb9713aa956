import type { Routes } from "@arcana/framework/rpc";
import { AuthService as AuthContract } from "../gen/arcana/auth/v1/auth_pb.ts";
import { HealthService as HealthContract } from "../gen/arcana/health/v1/health_pb.ts";
import { UserService as UserContract } from "../gen/arcana/user/v1/user_pb.ts";
import type { AuthService } from "../service/auth-service.ts";
import type { UserService } from "../service/user-service.ts";
import { authController } from "./auth.ts";
import type { HealthOptions } from "./health.ts";
import { healthController } from "./health.ts";
import { userController } from "./user.ts";

export interface RoutesDeps {
  readonly auth: AuthService;
  readonly users: UserService;
  readonly health: HealthOptions;
}

/** All public contracts, each over its use cases. */
export function createRoutes({ auth, users, health }: RoutesDeps): Routes {
  return (router) => {
    router
      .service(AuthContract, authController(auth))
      .service(UserContract, userController(users))
      .service(HealthContract, healthController(health));
  };
}

/** What {@link createRoutes} serves. */
export const publicContracts = [AuthContract, UserContract, HealthContract] as const;
