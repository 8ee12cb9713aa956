/**
 * Kubernetes (and Docker's links before it) put a variable for every service into every container: a service named
 * `arcana` gives `ARCANA_SERVICE_HOST` and `ARCANA_PORT=tcp://10.0.0.7:8080`. They are about that service and nobody
 * wrote them, so they are no settings.
 *
 * Source: Kubernetes documentation, "Discovering services: environment variables".
 */
const suffix = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const address = /^(?:tcp|udp|sctp):\/\/\S+:\d+$/;

export function isServiceLink(variable: string, value: string): boolean {
  return suffix.test(variable) || (variable.endsWith("_PORT") && address.test(value));
}
