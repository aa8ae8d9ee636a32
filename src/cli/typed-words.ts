/** Sorts what was typed after `tomodachi` into words and options. */
import { parseArgs } from "node:util";
import { UsageError } from "./common/errors.ts";
import { options } from "./options/option-table.ts";

export interface TypedWords {
  readonly positionals: readonly string[];
  /** Options by name, with the last value; `true` for an option without a value. */
  readonly typed: ReadonlyMap<string, string | true>;
  /** All values of an option. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Options that do not exist, as typed. */
  readonly unknown: readonly string[];
}

/** Another name of an option is replaced by the name of the option. */
export function typedWords(words: readonly string[]): TypedWords {
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const typed = new Map<string, string | true>();
  const lists = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const name = options[token.name]?.aliasOf ?? token.name;
    if (!Object.hasOwn(options, name)) unknown.push(token.rawName);
    else typed.set(name, token.value ?? true);
    if (token.value !== undefined) lists.set(name, [...(lists.get(name) ?? []), token.value]);
  }
  return { positionals, typed, lists, unknown };
}

/** `--yes=false` must not count as `--yes`. Only production has a word for "off", because its variable has one. */
export function refuseValuesOfFlags({ typed }: TypedWords): void {
  for (const [name, value] of typed) {
    const isFlag = options[name]?.type === "boolean" && name !== "production";
    if (!isFlag || value === true) continue;
    throw new UsageError(
      `--${name} takes no value, but "${value}" was given: write the option alone, or leave it out.`,
    );
  }
}

/** Of two filters only the last one would count, so two are refused. Options of every command may be set in a script and again after it. */
export function refuseRepeated({ lists }: TypedWords): void {
  for (const [name, values] of lists) {
    const { once = false } = options[name] ?? {};
    if (!once || values.length < 2) continue;
    throw new UsageError(`--${name} may be given once, but it was given ${values.length} times.`);
  }
}

/** The services in `--service`. @throws UsageError if a value is missing */
export function namedServices({ typed, lists }: TypedWords): readonly string[] {
  const services = lists.get("service") ?? [];
  if (typed.get("service") === true || services.includes("")) {
    throw new UsageError("--service has no value. Write the path of a service, such as `--service service/`.");
  }
  return services;
}
