/** What commands do with the application beside running it. Each opens what it needs, and closes it again. */
import { systemClock, uuidv7 } from "@arcana/framework/app";
import type { Migrator } from "@arcana/framework/data";
import { frameworkErrors } from "@arcana/framework/error";
import { createEventBus } from "@arcana/framework/events";
import type { OpenApi } from "@arcana/framework/rpc";
import { loadOpenApiDocument, operationsOf } from "@arcana/framework/rpc";
import { isCommonPassword } from "@arcana/framework/security";
import type { Logger } from "@arcana/framework/telemetry";
import type { Config } from "../config.ts";
import { publicContracts } from "../controller/routes.ts";
import { domainErrors } from "../domain/errors.ts";
import type { Bootstrap } from "../service/bootstrap.ts";
import { createBootstrap } from "../service/bootstrap.ts";
import { readVersion } from "../version.ts";
import { plainPaths } from "./openapi-paths.ts";
import { createPasswords } from "./passwords.ts";
import { createStore, migratorOf, openCloudDatabase, prepareSchema } from "./store.ts";

/** Runs the work on the database's migrations. */
export async function withMigrator<T>(config: Config, log: Logger, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  await using database = await openCloudDatabase(config, log);
  return await work(migratorOf(database));
}

/** Runs the work with what creates administrators, on a schema that is up to date. */
export async function withBootstrap<T>(config: Config, log: Logger, work: (bootstrap: Bootstrap) => Promise<T>): Promise<T> {
  await using database = await openCloudDatabase(config, log);
  await prepareSchema(database, config, log);
  const publisher = createEventBus({ log });
  const needs = { ...createStore(database, config, systemClock), passwords: createPasswords(config), publisher, clock: systemClock };
  const done = await work(createBootstrap({ ...needs, newId: () => uuidv7(systemClock.now()), isWeakPassword: isCommonPassword }));
  await publisher.drain();
  return done;
}

/** The OpenAPI document of all public contracts. */
export async function openApi(config: Config): Promise<OpenApi> {
  const { comments } = await import("../gen/comments.ts");
  return loadOpenApiDocument({
    operations: operationsOf(publicContracts),
    comments,
    errors: { ...frameworkErrors, ...domainErrors },
    info: { title: config.app.name, version: readVersion() },
    paths: plainPaths(config),
  });
}
