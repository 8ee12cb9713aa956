/** A configuration as data: sections of keys, from which come its type, its reader, its reference and its JSON Schema. */
import type { Field } from "./field.ts";

export interface Nodes {
  readonly [name: string]: Field<unknown> | Section;
}

export interface Section<Members extends Nodes = Nodes> {
  readonly kind: "section";
  readonly doc: string;
  readonly members: Members;
}

/** A key's name in the program: `request_timeout`, a duration, is `requestTimeoutMs`. */
export type Named<Name extends string, Unit extends string = ""> = `${CamelCase<Name>}${Unit}`;

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name;
type UnitOf<Node> = Node extends Field<unknown, infer Unit> ? Unit : "";
type ValueOf<Node> = Node extends Section<infer Members> ? Values<Members> : Node extends Field<infer Value> ? Value : never;
type Values<Members extends Nodes> = {
  readonly [Name in keyof Members & string as Named<Name, UnitOf<Members[Name]>>]: ValueOf<Members[Name]>;
};

/**
 * The type of the configuration that a schema describes. Names are in camel case; those of durations end in `Ms`,
 * those of sizes in `Bytes`.
 */
export type ConfigOf<Schema> = Schema extends Section<infer Members> ? Values<Members> : never;

const nameForm = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/**
 * Keys that belong together; sections may hold sections.
 *
 * @throws TypeError where a name is not `snake_case` or a key has no doc line.
 */
export function section<const Members extends Nodes>(members: Members, doc = ""): Section<Members> {
  for (const [name, member] of Object.entries(members)) {
    if (!nameForm.test(name)) throw new TypeError(`the key ${name} must be written in snake_case`);
    if (member.kind === "field" && member.doc === "") throw new TypeError(`the key ${name} needs a doc line`);
  }
  return { kind: "section", doc, members };
}

/** The name in the program of a key or section. */
export function nameOf(name: string, node: Field<unknown> | Section): string {
  const camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return node.kind === "field" ? camel + node.unit : camel;
}

/** A key and where it stands. */
export interface Leaf {
  /** Such as `server.rest.port`. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly field: Field<unknown>;
}

/** All keys of the schema, in its order. */
export function leavesOf(schema: Section, above: readonly string[] = []): readonly Leaf[] {
  return Object.entries(schema.members).flatMap(([name, node]) => {
    const segments = [...above, name];
    return node.kind === "section" ? leavesOf(node, segments) : [{ path: segments.join("."), segments, field: node }];
  });
}

/** The paths of all sections of the schema, in its order. */
export function sectionPathsOf(schema: Section, above: readonly string[] = []): readonly string[] {
  return Object.entries(schema.members).flatMap(([name, node]) =>
    node.kind === "section" ? [[...above, name].join("."), ...sectionPathsOf(node, [...above, name])] : [],
  );
}

/** The key or section at the path. */
export function nodeAt(schema: Section, segments: readonly string[]): Field<unknown> | Section | undefined {
  let node: Field<unknown> | Section | undefined = schema;
  for (const segment of segments) {
    node = node?.kind === "section" && Object.hasOwn(node.members, segment) ? node.members[segment] : undefined;
  }
  return node;
}

/** The key at the path. @throws TypeError where the schema has none: a fault of the program. */
export function leafAt(leaves: readonly Leaf[], path: string): Leaf {
  const leaf = leaves.find((candidate) => candidate.path === path);
  if (leaf === undefined) throw new TypeError(`the schema has no key ${path}`);
  return leaf;
}
