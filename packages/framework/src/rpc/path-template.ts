/**
 * The path templates of `google.api.http`:
 *
 *     Template = "/" Segments [ ":" verb ]         Segment  = "*" | "**" | literal | Variable
 *     Segments = Segment { "/" Segment }           Variable = "{" FieldPath [ "=" Segments ] "}"
 *
 * `*` matches one segment, `**` the rest of the path; a variable captures what its segments match. A template is
 * compiled to a pattern of the router (find-my-way) and to a regular expression, which tells more than the router can.
 */

/** What a variable captures. */
export interface PathVariable {
  /** The request field, a path in the contract's names such as `user_id` or `page.token`. */
  readonly field: string;
  /** Whether it may span several segments. An escaped slash in it then stays escaped, as the specification demands. */
  readonly multiple: boolean;
}

export interface PathTemplate {
  /** The template as written. */
  readonly source: string;
  /**
   * The router's pattern; its parameter `p0` is the first variable, `p1` the second. Templates of the same pattern
   * differ in their verb alone, or conflict.
   */
  readonly route: string;
  /** A verb that follows a wildcard. The router cannot tell it from the wildcard's last segment; one after a literal it can. */
  readonly verb: string | undefined;
  readonly variables: readonly PathVariable[];
  /** Whether the router's parameters are all there is to know. */
  readonly plain: boolean;
  /** Matches the path as it was sent, without the query; one group a variable. */
  readonly matcher: RegExp;
}

/** @throws TypeError where it is no template; the message says what is wrong, and where. */
export function parsePathTemplate(source: string): PathTemplate {
  const { pieces, spans, verb } = new Parser(source).template();
  const last = pieces[pieces.length - 1];
  const variables = spans.map(({ field, from, to }) => ({ field, multiple: to - from > 1 || pieces[from] === "**" }));
  const trailing = last === "*" || last === "**" ? verb : undefined;
  return {
    source,
    route: routeOf(pieces, spans, trailing === undefined ? verb : undefined),
    verb: trailing,
    variables,
    plain: trailing === undefined && spans.every(({ from, to }) => to - from === 1 && pieces[from] === "*"),
    matcher: matcherOf(pieces, spans, verb),
  };
}

/** What the variables capture of a path as it was sent, decoded. Undefined where the template does not match it. */
export function matchPath(template: PathTemplate, path: string): readonly string[] | undefined {
  const groups = template.matcher.exec(path)?.slice(1);
  try {
    return groups?.map((text, index) => (template.variables[index]?.multiple ? decodeSegments(text) : decodeURIComponent(text)));
  } catch {
    return undefined;
  }
}

/** Decodes all but slashes: those in the text separate segments, those that were escaped are part of one. */
function decodeSegments(text: string): string {
  return text
    .split(/(%2f)/i)
    .map((part, index) => (index % 2 === 0 ? decodeURIComponent(part) : part))
    .join("");
}

/** A literal, or one of the wildcards. No literal has a star in it. */
type Piece = string;

/** The pieces that a variable captures. */
interface Span {
  readonly field: string;
  readonly from: number;
  readonly to: number;
}

function routeOf(pieces: readonly Piece[], spans: readonly Span[], verb: string | undefined): string {
  const names = pieces.map((piece, index) => {
    if (piece === "**") return "*";
    if (piece !== "*") return piece;
    const variable = spans.findIndex(({ from, to }) => from === index && to === index + 1);
    return variable === -1 ? `:_${index}` : `:p${variable}`;
  });
  // A colon in a literal is written twice for the router.
  return `/${names.join("/")}${verb === undefined ? "" : `::${verb}`}`;
}

function matcherOf(pieces: readonly Piece[], spans: readonly Span[], verb: string | undefined): RegExp {
  const parts = pieces.map((piece) => (piece === "**" ? ".*" : piece === "*" ? "[^/]+" : RegExp.escape(piece)));
  for (const { from, to } of spans) {
    parts[from] = `(${parts[from]}`;
    parts[to - 1] = `${parts[to - 1]})`;
  }
  return new RegExp(`^/${parts.join("/")}${verb === undefined ? "" : `:${RegExp.escape(verb)}`}$`);
}

/** What RFC 3986 lets stand in a segment as it is, but for what has a meaning in a template. */
const literal = /[A-Za-z0-9\-._~!$&'()+,;@]+/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y;

class Parser {
  readonly #source: string;
  readonly #pieces: Piece[] = [];
  readonly #spans: Span[] = [];
  #position = 0;

  constructor(source: string) {
    this.#source = source;
  }

  template(): { readonly pieces: readonly Piece[]; readonly spans: readonly Span[]; readonly verb: string | undefined } {
    this.#expect("/");
    if (this.#source === "/") return { pieces: [""], spans: [], verb: undefined };
    this.#segments(false);
    const verb = this.#take(":") ? this.#read(literal, "a verb") : undefined;
    if (this.#position < this.#source.length) this.#fail("a slash, a verb or the end");
    const rest = this.#pieces.indexOf("**");
    if (rest !== -1 && rest !== this.#pieces.length - 1)
      throw new TypeError(`the path template ${this.#source}: ** must be the last segment`);
    return { pieces: this.#pieces, spans: this.#spans, verb };
  }

  #segments(inVariable: boolean): void {
    do {
      if (this.#take("**")) this.#pieces.push("**");
      else if (this.#take("*")) this.#pieces.push("*");
      else if (!inVariable && this.#take("{")) this.#variable();
      else this.#pieces.push(this.#read(literal, inVariable ? "a segment without variables" : "a segment"));
    } while (this.#take("/"));
  }

  #variable(): void {
    const field = this.#read(identifier, "a field's name");
    if (this.#spans.some((span) => span.field === field)) throw new TypeError(`the path template ${this.#source} captures ${field} twice`);
    const from = this.#pieces.length;
    if (this.#take("=")) this.#segments(true);
    else this.#pieces.push("*");
    this.#expect("}");
    this.#spans.push({ field, from, to: this.#pieces.length });
  }

  #take(text: string): boolean {
    const found = this.#source.startsWith(text, this.#position);
    if (found) this.#position += text.length;
    return found;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(text);
  }

  #read(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#position;
    const [text] = pattern.exec(this.#source) ?? this.#fail(what);
    this.#position += text.length;
    return text;
  }

  #fail(expected: string): never {
    throw new TypeError(`the path template ${this.#source}: expected ${expected} at character ${this.#position + 1}`);
  }
}
