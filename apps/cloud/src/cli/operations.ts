/** What the commands do with the application. The composition root provides it; tests hand in their own. */
import type { Problem } from "@arcana/framework/config";
import type { Config } from "../config.ts";

export interface Operations {
  /** Runs the server; resolves when it has stopped, with what the process ends with. It logs `warnings`, since nothing but logs is printed. */
  start(config: Config, warnings: readonly Problem[]): Promise<number>;
  /** Applies what is not applied yet; returns the names in their order. */
  migrateUp(config: Config): Promise<readonly string[]>;
  /** Takes back the last `steps` migrations; returns their names, the last first. */
  migrateDown(config: Config, steps: number): Promise<readonly string[]>;
  migrationStatus(config: Config): Promise<readonly MigrationState[]>;
  /** Creates a superadmin. @throws ArcanaError with what is wrong with the account */
  createAdmin(config: Config, account: NewAdmin): Promise<CreatedAdmin>;
  /** The OpenAPI document of the contracts. */
  openApi(config: Config): Promise<object>;
}

export interface MigrationState {
  readonly name: string;
  /** Undefined: not applied yet. */
  readonly appliedAt: Date | undefined;
}

export interface NewAdmin {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

export interface CreatedAdmin {
  readonly id: string;
  readonly email: string;
  readonly username: string;
}
