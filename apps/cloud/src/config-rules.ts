/** What must hold between settings. */
import type { Rule } from "@arcana/framework/config";
import type { Config } from "./config.ts";

/** Whether the installation makes and keeps a signing secret of its own where none is configured. */
export function makesOwnSecret({ app, security }: Config): boolean {
  const trusted = app.environment === "development" || app.environment === "test";
  return trusted && security.jwtAlgorithm === "HS256" && security.jwtSecret === undefined;
}

const onlyMonolithic: Rule<Config> = {
  reads: ["deployment.mode"],
  check: ({ deployment: { mode } }) =>
    mode === "monolithic" ? undefined : `"${mode}" is not available in this version; the mode that is available is "monolithic"`,
};

const onlyAllLayers: Rule<Config> = {
  reads: ["deployment.layer"],
  check: ({ deployment: { layer } }) =>
    layer === "all" ? undefined : `"${layer}" is not available in this version; a process hosts "all" layers`,
};

const signingSecret: Rule<Config> = {
  reads: ["security.jwt_secret", "security.jwt_algorithm", "app.environment"],
  check(config) {
    const { jwtAlgorithm, jwtSecret } = config.security;
    if (jwtAlgorithm !== "HS256" || jwtSecret !== undefined || makesOwnSecret(config)) return undefined;
    return (
      `${config.app.environment} does not start without one: set ARCANA_SECURITY__JWT_SECRET or ARCANA_SECURITY__JWT_SECRET_FILE ` +
      "to 32 bytes or more (openssl rand -base64 48), or sign with a key file (security.jwt_algorithm, security.jwt_signing_key_file)"
    );
  },
};

const signingKey: Rule<Config> = {
  reads: ["security.jwt_signing_key_file", "security.jwt_algorithm"],
  check({ security: { jwtAlgorithm, jwtSigningKeyFile } }) {
    if (jwtAlgorithm === "HS256") {
      return jwtSigningKeyFile === undefined ? undefined : "signs nothing with HS256; set security.jwt_algorithm to EdDSA or ES256";
    }
    return jwtSigningKeyFile === undefined ? `must name the PEM file of a private key, since ${jwtAlgorithm} signs with one` : undefined;
  },
};

const refreshOutlivesAccess: Rule<Config> = {
  reads: ["security.refresh_expiration_secs", "security.access_expiration_secs"],
  check: ({ security: { refreshExpirationSecs, accessExpirationSecs } }) =>
    refreshExpirationSecs >= accessExpirationSecs
      ? undefined
      : `must not be shorter than security.access_expiration_secs (${accessExpirationSecs})`,
};

const laneMemory: Rule<Config> = {
  reads: ["security.argon2.memory_kib", "security.argon2.parallelism"],
  check: ({ security: { argon2 } }) =>
    argon2.memoryKib >= 8 * argon2.parallelism ? undefined : `must be ${8 * argon2.parallelism} or more: Argon2 needs 8 KiB a lane`,
};

const delaysInOrder = (["login", "registration", "refresh"] as const).map(
  (name): Rule<Config> => ({
    reads: [`security.${name}.max_delay`, `security.${name}.base_delay`],
    check({ security }) {
      const { baseDelayMs, maxDelayMs } = security[name];
      return maxDelayMs >= baseDelayMs ? undefined : `must not be shorter than security.${name}.base_delay`;
    },
  }),
);

const wholeAdmin: Rule<Config> = {
  reads: ["bootstrap.admin_email", "bootstrap.admin_password"],
  check({ bootstrap: { adminEmail, adminPassword } }) {
    if ((adminEmail === undefined) === (adminPassword === undefined)) return undefined;
    return `and bootstrap.admin_password go together; ${adminEmail === undefined ? "the address" : "the password"} is missing`;
  },
};

const portsApart: Rule<Config> = {
  reads: ["server.grpc.port", "server.rest.port", "observability.metrics_port"],
  check({ server: { rest, grpc }, observability }) {
    const ports = [rest.port, grpc.port, ...(observability.metricsEnabled ? [observability.metricsPort ?? 0] : [])].filter(
      (port) => port !== 0,
    );
    const twice = ports.find((port, index) => ports.indexOf(port) !== index);
    return twice === undefined ? undefined : `REST, gRPC and metrics need ports of their own, and ${twice} is given twice`;
  },
};

const sharedDatabase: Rule<Config> = {
  reads: ["server.workers", "database.url"],
  check: ({ server: { workers }, database: { url } }) =>
    workers !== 1 && url.includes(":memory:") ? "must be 1 with a database in memory, which processes cannot share" : undefined,
};

const openCors: Rule<Config> = {
  reads: ["server.cors_origins", "app.environment"],
  severity: "warning",
  check: ({ app: { environment }, server: { corsOrigins } }) =>
    environment === "production" && corsOrigins.includes("*")
      ? 'lets the pages of every site call; name the origins in place of "*"'
      : undefined,
};

export const configRules: readonly Rule<Config>[] = [
  onlyMonolithic,
  onlyAllLayers,
  signingSecret,
  signingKey,
  refreshOutlivesAccess,
  laneMemory,
  ...delaysInOrder,
  wholeAdmin,
  portsApart,
  sharedDatabase,
  openCors,
];
