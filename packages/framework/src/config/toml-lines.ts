/**
 * On which line each key of a TOML document stands, which the parser does not tell. The document has been parsed
 * before, so it is known to be well formed. Keys within inline tables have no line of their own.
 */

const token =
  /(?<multi>"""(?:\\[\s\S]|(?!""")[^\\])*"{3,5}|'''(?:(?!''')[\s\S])*'{3,5})|(?<basic>"(?:\\.|[^"\\\n])*")|(?<literal>'[^'\n]*')|(?<comment>#[^\n]*)|(?<newline>\n)|(?<space>[ \t\r]+)|(?<bare>[A-Za-z0-9_-]+)|(?<other>[\s\S])/g;

/** Lines count from 1. The key of the map is the JSON of the path: `["server","port"]`. */
export function tomlLines(source: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let line = 1;
  let table: readonly string[] = [];
  let statement = newStatement();
  const close = (): void => {
    if (statement.header) table = statement.path;
    const path = statement.header ? table : [...table, ...statement.path];
    if (statement.path.length > 0 && !lines.has(JSON.stringify(path))) lines.set(JSON.stringify(path), statement.line);
    statement = newStatement();
  };
  for (const { 0: text, groups = {} } of source.matchAll(token)) {
    if (groups.newline !== undefined && statement.depth === 0) close();
    else readToken(statement, text, groups, line);
    line += text.split("\n").length - 1;
  }
  close();
  return lines;
}

interface Statement {
  path: string[];
  line: number;
  /** Whether it is `[table]` or `[[table]]`. */
  header: boolean;
  started: boolean;
  /** Whether the key is over, so that what follows is a value or a comment. */
  keyDone: boolean;
  /** How many brackets of the value are open. */
  depth: number;
}

function newStatement(): Statement {
  return { path: [], line: 0, header: false, started: false, keyDone: false, depth: 0 };
}

type Groups = Readonly<Record<string, string | undefined>>;

function readToken(statement: Statement, text: string, groups: Groups, line: number): void {
  if (groups.space !== undefined || groups.comment !== undefined) return;
  if (!statement.started) Object.assign(statement, { started: true, line, header: text === "[" });
  if (statement.keyDone) readValue(statement, text);
  else readKey(statement, text, groups);
}

function readKey(statement: Statement, text: string, groups: Groups): void {
  if (groups.bare !== undefined) statement.path.push(text);
  else if (groups.literal !== undefined) statement.path.push(text.slice(1, -1));
  else if (groups.basic !== undefined) statement.path.push(unquoted(text));
  else if (text === (statement.header ? "]" : "=")) statement.keyDone = true;
}

function readValue(statement: Statement, text: string): void {
  if (statement.header) return;
  if (text === "[" || text === "{") statement.depth++;
  if (text === "]" || text === "}") statement.depth--;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1); // an escape that TOML has and JSON has not; the line is all that is lost
  }
}
