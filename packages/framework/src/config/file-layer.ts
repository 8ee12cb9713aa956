/** Reads a TOML file into a layer. */
import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import type { Entry, Layer } from "./layer.ts";
import { printable } from "./printable.ts";
import type { Origin, Problem } from "./problem.ts";
import type { Section } from "./schema.ts";
import { tomlLines } from "./toml-lines.ts";
import { unknownKey } from "./unknown-key.ts";

/** What the file sets. A file that does not exist sets nothing. */
export function fileLayer(schema: Section, file: string, absent: readonly string[] = []): Layer {
  const source = read(file);
  if (source === undefined) return { entries: new Map(), problems: [] };
  if ("message" in source) return { entries: new Map(), problems: [source] };
  return tomlLayer(schema, file, source.text, absent);
}

function read(file: string): { readonly text: string } | Problem | undefined {
  const problem = (message: string): Problem => ({ path: undefined, origin: { layer: "file", file, line: undefined }, message });
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case "ENOENT":
      case "ENOTDIR":
        return undefined;
      case "ERR_ENCODING_INVALID_ENCODED_DATA":
        return problem("is not UTF-8; save it as UTF-8");
      case "EISDIR":
        return problem("is a folder; a TOML file is wanted");
      case "EACCES":
      case "EPERM":
        return problem("cannot be read: permission denied; give this user the right to read it");
      default:
        throw error;
    }
  }
}

/** What the document sets. */
export function tomlLayer(schema: Section, file: string, source: string, absent: readonly string[] = []): Layer {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = parse(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { entries: new Map(), problems: [brokenToml(file, error)] };
  }
  const lines = tomlLines(source);
  const entries = new Map<string, Entry>();
  const problems: Problem[] = [];
  const originOf = (path: readonly string[]): Origin => ({ layer: "file", file, line: lineOf(lines, path) });
  walk(schema, schema, document, []);
  return { entries, problems };

  function walk(section: Section, whole: Section, table: Readonly<Record<string, unknown>>, above: readonly string[]): void {
    for (const [name, raw] of Object.entries(table)) {
      const segments = [...above, name];
      const path = segments.join(".");
      const node = Object.hasOwn(section.members, name) ? section.members[name] : undefined;
      if (node?.kind === "field") entries.set(path, { raw, origin: originOf(segments) });
      else if (node?.kind === "section" && isTable(raw)) walk(node, whole, raw, segments);
      else {
        const message =
          node === undefined ? unknownKey(whole, path, isTable(raw), absent) : `must be a section, [${path}], not ${printable(raw)}`;
        problems.push({ path, origin: originOf(segments), message });
      }
    }
  }
}

function isTable(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && Object.getPrototypeOf(raw) === null;
}

/** The line of the key, or of the nearest thing around it that has one. */
function lineOf(lines: ReadonlyMap<string, number>, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(JSON.stringify(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return undefined;
}

function brokenToml(file: string, error: TomlError): Problem {
  const what = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
  return {
    path: undefined,
    origin: { layer: "file", file, line: error.line },
    message: `column ${error.column}: this is not valid TOML: ${what}`,
  };
}
