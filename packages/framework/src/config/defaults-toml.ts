/** Writes a schema's defaults as the TOML file that is shipped: complete, commented, and never out of date. */
import type { Field } from "./field.ts";
import type { Section } from "./schema.ts";

const widthColumns = 110;

/** `introduction` becomes the comment at the top. Keys without a default are written as comments. */
export function defaultsToml(schema: Section, introduction: string): string {
  return `${[comment(introduction), ...sectionToml(schema, [])].join("\n\n")}\n`;
}

/** Keys first: in TOML whatever follows a section's name belongs to that section. */
function sectionToml(section: Section, above: readonly string[]): readonly string[] {
  const nodes = Object.entries(section.members);
  const keys = nodes.flatMap(([name, node]) => (node.kind === "field" ? [keyToml(name, node)] : []));
  const inner = nodes.flatMap(([name, node]) => (node.kind === "section" ? sectionToml(node, [...above, name]) : []));
  if (above.length === 0) return [...keys, ...inner];
  const head = [...(section.doc === "" ? [] : [comment(section.doc)]), `[${above.join(".")}]`].join("\n");
  return keys.length === 0 ? inner : [[head, ...keys].join("\n\n"), ...inner];
}

function keyToml(name: string, field: Field<unknown>): string {
  const words = Array.isArray(field.jsonSchema.enum) ? `${field.doc} ${capitalised(field.type)}.` : field.doc;
  const line = field.default === undefined ? `# ${name} =` : `${name} = ${tomlValue(field.default)}`;
  return `${comment(words)}\n${line}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** JSON is TOML for text, numbers, flags and lists of them. */
function tomlValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(tomlValue).join(", ")}]` : JSON.stringify(value);
}

function comment(text: string): string {
  return text
    .split("\n")
    .flatMap((line) => wrapped(line))
    .map((line) => `# ${line}`.trimEnd())
    .join("\n");
}

function wrapped(line: string): readonly string[] {
  const lines = [""];
  for (const word of line.split(" ")) {
    const last = lines.length - 1;
    const longer = lines[last] === "" ? word : `${lines[last]} ${word}`;
    if (longer.length > widthColumns && lines[last] !== "") lines.push(word);
    else lines[last] = longer;
  }
  return lines;
}
