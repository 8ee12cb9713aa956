// The pages of docs/reference, made from the tables in the code: what they say is what runs.
import { configReference } from "@arcana/framework/config";
import type { ErrorKind } from "@arcana/framework/error";
import { ArcanaError, frameworkErrors } from "@arcana/framework/error";
import { metricTable } from "@arcana/framework/telemetry";
import { configSchema } from "../apps/cloud/src/config.ts";
import { domainErrors } from "../apps/cloud/src/domain/errors.ts";
import { eventCatalog } from "../apps/cloud/src/domain/event-catalog.ts";
import { cloudMetrics } from "../apps/cloud/src/metrics.ts";
import { auditActions } from "../apps/cloud/src/service/audit-actions.ts";

const notice = "<!-- Made by `npm run reference` from the tables in the code: edit those. -->";

/** Every page by its file name. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ["errors.md", errorsPage()],
    ["config.md", configPage()],
    ["metrics.md", metricsPage()],
    ["events.md", eventsPage()],
    ["audit.md", auditPage()],
  ]);
}

function errorsPage(): string {
  const rows = (table: Readonly<Record<string, ErrorKind>>) =>
    Object.entries(table).map(([reason, kind]) => {
      const { code, family, http } = new ArcanaError(reason, kind, "");
      return [`\`${reason}\``, `\`${family}\``, String(http), `\`${code.toUpperCase()}\``, kind.about];
    });
  const head = ["reason", "REST code", "HTTP", "gRPC status", "when"];
  return page("Errors", [
    "Every error has a stable *reason*. Over REST `error.code` is the coarse code that clients switch on, and `error.reason` stands beside it where it says more.",
    "Over gRPC, Connect and gRPC-Web the reason is that of a `google.rpc.ErrorInfo` of the domain `arcana`; field violations are a `google.rpc.BadRequest`, waiting times a `google.rpc.RetryInfo`.",
    "## Of the framework",
    table(head, rows(frameworkErrors)),
    "## Of the application",
    table(head, rows(domainErrors)),
  ]);
}

function configPage(): string {
  const rows = configReference(configSchema).map(({ path, environment, aliases, type, default: standard, required, doc }) => [
    `\`${path}\``,
    [environment, ...aliases].map((name) => `\`${name}\``).join("<br>"),
    type,
    standard === undefined ? (required ? "required" : "") : `\`${standard}\``,
    doc,
  ]);
  return page("Configuration", [
    "Later wins: `config/default.toml`, `config/{app.environment}.toml`, `config/{deployment.mode}.toml`, `config/local.toml` (not in git), environment variables, `--set key=value`.",
    "Variables may also be spelled with two underscores after `ARCANA`, and with one between sections where that is unambiguous. A secret's variable may end in `_FILE` and name a file that holds it. `npm run arcana -- config show --explain` tells where each value came from, `config schema` prints the JSON Schema.",
    table(["key", "variable", "type", "default", "what it is"], rows),
  ]);
}

function metricsPage(): string {
  const rows = Object.entries({ ...metricTable, ...cloudMetrics }).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(" "),
    help,
  ]);
  return page("Metrics", [
    "Served in Prometheus' text format. With several workers one scrape gives the metrics of all of them, whichever worker answers.",
    table(["metric", "type", "labels", "what it is"], rows),
  ]);
}

function eventsPage(): string {
  const rows = Object.entries(eventCatalog).map(([type, { about, payload }]) => [
    `\`${type}\``,
    about,
    Object.entries(payload)
      .map(([field, what]) => `\`${field}\`: ${what}`)
      .join("<br>"),
  ]);
  return page("Domain events", [
    "Each event comes in an envelope: `eventId` (UUIDv7), `type`, `version` (1), `occurredAt`, `correlationId` (the request's id), `causationId`, `aggregateId`, `payload`.",
    "They are delivered within the process, in order per aggregate, at most once.",
    table(["type", "when", "payload"], rows),
  ]);
}

function auditPage(): string {
  const rows = Object.entries(auditActions).map(([action, about]) => [`\`${action}\``, about]);
  return page("Audit log", [
    "One entry for every security event, written in the transaction of the change it tells of. An entry with `success` false records what was tried and refused, and why.",
    table(["action", "what happened"], rows),
  ]);
}

function page(title: string, blocks: readonly string[]): string {
  return `${[`# ${title}`, notice, ...blocks].join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
