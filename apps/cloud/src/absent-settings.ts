/** Keys and sections of Arcana's public configuration that this version does not have. */
export const absentSettings: readonly string[] = [
  "redis",
  "plugins",
  "ssr",
  "jobs",
  "resilience",
  "rate_limit",
  "deployment.service_url",
  "deployment.repository_url",
  "deployment.tls",
  "database.min_connections",
  "database.max_connections",
  "database.connect_timeout",
  "database.idle_timeout",
  "cache.exists_ttl",
  "observability.otlp_endpoint",
  "observability.sampling_ratio",
];
