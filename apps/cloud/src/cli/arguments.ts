/** Reads a command line: which command, which options. */
import { parseArgs } from "node:util";
import { editDistance, nearest } from "@arcana/framework/config";
import type { Command, Group, Options, Values } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** Options of every command. */
export const globalOptions: Options = {
  "config-dir": { type: "string", value: "DIR", doc: "The folder of the TOML files (default: config; also ARCANA_CONFIG_DIR)" },
  set: { type: "string", multiple: true, value: "KEY=VALUE", doc: "Sets a key of the configuration; may be repeated" },
  debug: { type: "boolean", doc: "Shows the stack of an error (also ARCANA_DEBUG=1)" },
  help: { type: "boolean", short: "h", doc: "Shows this help" },
  version: { type: "boolean", short: "V", doc: "Shows the version" },
};

/** The words at the beginning that name a command, and what is left. */
export interface Route {
  /** Undefined: no command was named. */
  readonly target: Command | Group | undefined;
  readonly group: Group | undefined;
  readonly rest: readonly string[];
}

/** Finds the command. Options of every command may stand before it. @throws UsageError for an unknown one. */
export function route(commands: readonly (Command | Group)[], words: readonly string[]): Route {
  const first = nextWord(words, 0);
  if (first === undefined) return { target: undefined, group: undefined, rest: words };
  const target = pick(commands, words[first] ?? "", "");
  const rest = words.toSpliced(first, 1);
  if (target.kind === "command") return { target, group: undefined, rest };
  const second = nextWord(rest, first);
  if (second === undefined) return { target, group: undefined, rest };
  return { target: pick(target.commands, rest[second] ?? "", `${target.name} `), group: target, rest: rest.toSpliced(second, 1) };
}

/** The index of the next word that is neither an option nor an option's value. */
function nextWord(words: readonly string[], from: number): number | undefined {
  for (let index = from; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) return index;
    if (word.startsWith("--") && globalOptions[word.slice(2)]?.type === "string") index++;
  }
  return undefined;
}

function pick<C extends Command | Group>(commands: readonly C[], word: string, above: string): C {
  const found = commands.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const names = commands.map(({ name }) => name);
  throw new UsageError(`there is no command "${above}${word}"${didYouMean(word, names, above)}; see arcana ${above}--help`);
}

/** Names the candidate that is meant, where one is like the word at all. */
function didYouMean(word: string, candidates: readonly string[], before: string): string {
  const like = nearest(word, candidates);
  const near = like !== undefined && editDistance(word, like) <= Math.ceil(word.length / 2);
  return near ? `; did you mean "${before}${like}"?` : "";
}

/** @throws UsageError for an unknown option, one without its value, and for a word that no option takes. */
export function parseOptions(own: Options, words: readonly string[]): Values {
  const options = { ...globalOptions, ...own };
  const { values, tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") throw new UsageError(`"${token.value}" is one word too many; see --help`);
    if (token.kind === "option") checkOption(options, token);
  }
  return values;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption(options: Options, { name, rawName, value, inlineValue }: OptionToken): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined)
    throw new UsageError(`there is no option ${rawName}${didYouMean(name, Object.keys(options), "--")}; see --help`);
  if (option.type === "boolean" && value !== undefined) throw new UsageError(`${rawName} takes no value`);
  if (option.type === "string" && value === undefined) throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`);
  if (option.type === "string" && inlineValue === false && value?.startsWith("-") === true)
    throw new UsageError(`${rawName} is followed by another option; for a value that begins with "-" write ${rawName}=${value}`);
}
