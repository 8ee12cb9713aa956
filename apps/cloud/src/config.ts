/** Every setting of the application: its type, its default and what it is for. */
import { isIP } from "node:net";
import type { ConfigOf } from "@arcana/framework/config";
import { choice, duration, either, flag, integer, list, optional, secret, section, size, text } from "@arcana/framework/config";

const port = { min: 0, max: 65_535 } as const;

const app = section(
  {
    name: text({ doc: "The name of this installation in logs and in the API's description.", default: "arcana-cloud" }),
    environment: choice(["development", "test", "staging", "production"], {
      doc: "Where it runs; it chooses config/{environment}.toml. Development and test make and keep a signing secret of their own.",
      default: "development",
      environment: ["ARCANA_ENVIRONMENT"],
    }),
    data_directory: text({ doc: "Where development keeps its own signing secret.", default: "./data" }),
  },
  "The application as a whole.",
);

const rest = section(
  {
    host: text({ doc: "The address to listen on; 127.0.0.1 is this machine alone.", default: "0.0.0.0" }),
    port: integer({ doc: "The port of REST, Connect, gRPC-Web and the documentation; 0 is any free one.", default: 8080, ...port }),
    strict: flag({ doc: "Whether a body with a key that the contract does not have is refused; otherwise it is ignored.", default: false }),
    header_timeout: duration({ doc: "How long a client may take to send its headers.", default: "20s", min: "1s" }),
    receive_timeout: duration({ doc: "How long a client may take to send its whole request.", default: "60s", min: "1s" }),
    keep_alive_timeout: duration({
      doc: "How long an idle connection stays open. Longer than a load balancer's own, which is often 60s.",
      default: "72s",
    }),
  },
  "REST, Connect and gRPC-Web.",
);

const grpc = section(
  {
    host: text({ doc: "The address to listen on; 127.0.0.1 is this machine alone.", default: "0.0.0.0" }),
    port: integer({ doc: "The port of gRPC, which is HTTP/2 without TLS; 0 is any free one.", default: 9090, ...port }),
    max_message_size: size({
      doc: "The largest message of operations whose contract names no bound; elsewhere the contract's own bound holds, where it is less.",
      default: "4mb",
      min: "1kb",
      max: "1gb",
    }),
    max_connections: integer({
      doc: "How many connections there may be at once; what comes beyond them is closed.",
      default: 1000,
      min: 1,
    }),
    max_concurrent_streams: integer({ doc: "How many calls may run at once on one connection.", default: 100, min: 1, max: 10_000 }),
    receive_timeout: duration({
      doc: "How long a client may take to send its whole request, or each message of a request that is a stream.",
      default: "60s",
      min: "1s",
    }),
    idle_timeout: duration({ doc: "How long a connection without calls stays open.", default: "5m", min: "1s" }),
  },
  "gRPC.",
);

const server = section(
  {
    request_timeout: duration({
      doc: "How long an operation may take; a client's own shorter deadline is kept.",
      default: "30s",
      min: "1ms",
    }),
    max_body_size: size({
      doc: "The largest body over HTTP of operations whose contract names no bound; elsewhere the contract's own bound holds, where it is less.",
      default: "10mb",
      min: "1kb",
      max: "1gb",
    }),
    trusted_proxies: list(text({ check: checkNetwork }), {
      doc: 'The proxies whose X-Forwarded-For is believed, over every protocol: addresses or networks such as "10.0.0.0/8".',
      default: [],
    }),
    cors_origins: list(text({ check: checkOrigin }), {
      doc: 'The web origins whose pages may call, such as "https://app.example.com"; "*" is all of them.',
      default: [],
    }),
    workers: either(integer({ min: 1, max: 1024 }), choice(["auto"], {}), {
      doc: 'How many processes share the ports; "auto" is one for each core.',
      default: 1,
    }),
    drain_delay: duration({
      doc: "How long it goes on serving after SIGTERM while /ready already says no, so that load balancers look away first.",
      default: "0s",
    }),
    shutdown_grace: duration({
      doc: "How long requests that run may take to finish after that. Both together are shorter than the platform's own patience.",
      default: "25s",
    }),
    rest,
    grpc,
  },
  "The servers, and what holds for both.",
);

const deployment = section(
  {
    mode: choice(["monolithic", "layeredhttp", "layeredgrpc", "kuberneteshttp", "kubernetesgrpc"], {
      doc: "How the tiers are spread; it chooses config/{mode}.toml. This version runs monolithic alone.",
      default: "monolithic",
    }),
    layer: choice(["all", "controller", "service", "repository"], {
      doc: "Which tier this process hosts. This version runs all alone.",
      default: "all",
    }),
  },
  "Where the tiers run.",
);

const database = section(
  {
    url: text({
      doc: "The database: sqlite://./data/arcana.db is relative to the working directory, sqlite:///var/lib/arcana.db is not, sqlite::memory: is gone when the process is.",
      default: "sqlite://./data/arcana.db",
      check: checkDatabaseUrl,
    }),
    migrate_on_start: flag({ doc: "Whether the start brings the schema up to date; otherwise `arcana migrate up` does.", default: true }),
    log_queries: flag({ doc: "Whether every statement is logged, without its parameters, at level debug.", default: false }),
    audit_retention_days: integer({
      doc: "For how many days entries of the audit log are kept; 0 is for ever.",
      default: 0,
      min: 0,
      max: 36_500,
    }),
    synchronous: choice(["normal", "full"], {
      doc: "When a commit is on the disk. full: before it is answered. normal: soon; the database stays whole, but a machine that loses power loses the last commits, and a logout among them is undone.",
      default: "normal",
    }),
    busy_timeout: duration({ doc: "How long a statement waits for another process's transaction.", default: "5s" }),
  },
  "The database.",
);

const cache = section(
  {
    user_ttl: duration({ doc: "How long a user is kept in memory; 0s is not at all.", default: "300s" }),
    local_max_entries: integer({ doc: "How many entries the cache of a process holds at most.", default: 10_000, min: 1 }),
  },
  "The cache of each process.",
);

const argon2 = section(
  {
    memory_kib: integer({ doc: "The memory of one hash in KiB.", default: 19_456, min: 8, max: 4_194_304 }),
    time: integer({ doc: "The passes over that memory.", default: 2, min: 1, max: 100 }),
    parallelism: integer({ doc: "The lanes of one hash.", default: 1, min: 1, max: 255 }),
    concurrency: either(integer({ min: 1, max: 1024 }), choice(["auto"], {}), {
      doc: 'How many hashes run at once; "auto" is one for each core.',
      default: "auto",
    }),
    queue_limit: integer({ doc: "How many hashes wait for their turn; beyond that a login is answered with 503.", default: 256, min: 0 }),
  },
  "Password hashing by Argon2id. The cost is OWASP's first choice; after a change each password is hashed anew at its next login.",
);

const login = section(
  {
    account_free_attempts: integer({ doc: "How many wrong passwords for one account cost no delay.", default: 5, min: 1 }),
    address_free_attempts: integer({ doc: "How many failed logins from one address cost no delay.", default: 20, min: 1 }),
    base_delay: duration({ doc: "The first delay; each further failure doubles it.", default: "1s", min: "1ms" }),
    max_delay: duration({ doc: "The longest delay.", default: "15m", min: "1ms" }),
    account_window: duration({
      doc: "How long after the last failure, or its delay, an account's count is forgotten.",
      default: "24h",
      min: "1s",
    }),
    address_window: duration({ doc: "The same for the count of an address, which many people may share.", default: "15m", min: "1s" }),
  },
  "What slows down guessing passwords.",
);

/** The settings of how often something may be done that is no fault. */
const rate = (free: { readonly doc: string; readonly default: number }, window: string, doc: string) =>
  section(
    {
      free_attempts: integer({ ...free, min: 1 }),
      window: duration({ doc: "After how long the count begins anew.", default: window, min: "1s" }),
      base_delay: duration({ doc: "The first delay beyond that; each further one is twice as long.", default: "1s", min: "1ms" }),
      max_delay: duration({ doc: "The longest delay.", default: "15m", min: "1ms" }),
    },
    doc,
  );

const registration = rate(
  { doc: "How many registrations from one address cost no delay in one window, successful or not.", default: 20 },
  "1h",
  "What slows down registering from one address, which many people may share. Users whom an administrator creates do not count.",
);

const refresh = rate(
  { doc: "How many refreshes of one session cost no delay in one window.", default: 30 },
  "10m",
  "What slows down refreshing the tokens of one session. Access tokens that are good for less than 20 seconds need more of them.",
);

const security = section(
  {
    jwt_algorithm: choice(["HS256", "EdDSA", "ES256"], {
      doc: "How access tokens are signed: by the secret (HS256) or by the key file.",
      default: "HS256",
    }),
    jwt_secret: optional(
      secret({ doc: "The signing secret of HS256, 32 bytes or more, such as `openssl rand -base64 48` prints.", minBytes: 32 }),
    ),
    jwt_signing_key_file: optional(text({ doc: "The PEM file of the private key that signs, for EdDSA (Ed25519) and ES256 (P-256)." })),
    jwt_verification_key_files: list(text({}), {
      doc: "PEM files of further keys whose tokens are accepted: the last key, or the next one, while keys are changed.",
      default: [],
    }),
    access_expiration_secs: integer({
      doc: "How long an access token is good, in seconds.",
      default: 3600,
      min: 1,
      max: 86_400,
      environment: ["ARCANA_SECURITY__JWT_ACCESS_EXPIRATION_SECS"],
    }),
    refresh_expiration_secs: integer({
      doc: "How long a refresh token is good, in seconds.",
      default: 604_800,
      min: 1,
      max: 31_536_000,
      environment: ["ARCANA_SECURITY__JWT_REFRESH_EXPIRATION_SECS"],
    }),
    issuer: text({ doc: "Who issues the tokens (iss).", default: "arcana-cloud" }),
    audience: text({ doc: "Whom the tokens are for (aud).", default: "arcana-api" }),
    max_sessions_per_user: integer({
      doc: "How many living sessions a user may have; at the next login the oldest ends.",
      default: 100,
      min: 1,
      max: 10_000,
    }),
    clock_tolerance: duration({ doc: "How far clocks may be apart when a token's times are checked.", default: "5s", max: "5m" }),
    argon2,
    login,
    registration,
    refresh,
  },
  "Tokens and passwords.",
);

const bootstrap = section(
  {
    admin_email: optional(text({ doc: "The mail address of the first superadmin, who is created at the start where there is none." })),
    admin_username: text({ doc: "The username of the first superadmin.", default: "admin" }),
    admin_password: optional(secret({ doc: "The password of the first superadmin.", minBytes: 8 })),
  },
  "The first superadmin. `arcana users create-admin` makes one as well.",
);

const observability = section(
  {
    log_level: choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
      doc: "The least level that is logged.",
      default: "info",
    }),
    log_format: choice(["auto", "pretty", "json"], {
      doc: "The form of the log; auto is pretty on a terminal and JSON elsewhere.",
      default: "auto",
    }),
    metrics_enabled: flag({ doc: "Whether metrics are gathered and served.", default: true }),
    metrics_path: text({
      doc: "Where the metrics are.",
      default: "/metrics",
      pattern: /^\/[A-Za-z0-9_./-]*$/,
      form: 'a path such as "/metrics"',
    }),
    metrics_port: optional(integer({ doc: "A port of its own for the metrics, which are then not on the REST port.", ...port })),
    metrics_host: text({ doc: "The address that the metrics' own port listens on.", default: "0.0.0.0" }),
    metrics_loopback_only: flag({
      doc: "Whether metrics on the REST port are for this machine alone; whom a proxy forwards from elsewhere gets 404.",
      default: false,
    }),
  },
  "Logs and metrics.",
);

export const configSchema = section({ app, server, deployment, database, cache, security, bootstrap, observability });

/** The configuration that the application runs with; frozen. */
export type Config = ConfigOf<typeof configSchema>;

function checkDatabaseUrl(url: string): string | undefined {
  if (/^sqlite:/i.test(url)) return undefined;
  const scheme = /^([a-z0-9+]+):/i.exec(url)?.[1];
  const problem = scheme === undefined ? "has no scheme" : `names ${scheme}, and this version has SQLite only`;
  return `${problem}; use a URL such as sqlite://./data/arcana.db`;
}

function checkNetwork(network: string): string | undefined {
  const [address = "", bits, ...rest] = network.split("/");
  const family = isIP(address);
  const good =
    family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
  return good ? undefined : 'must be an address or a network such as "10.0.0.0/8"';
}

function checkOrigin(origin: string): string | undefined {
  const good = origin === "*" || URL.parse(origin)?.origin === origin;
  return good ? undefined : 'must be "*" or an origin such as "https://app.example.com", without a path or a slash at its end';
}
