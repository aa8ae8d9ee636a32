/** What `tomodachi tail` has to show, from the words after it. */
import { type Condition, filterFields, parseCondition } from "../../messages/message-filter.ts";
import { closest } from "../../util/closest.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";
import { type MessagePlace, messagePlace } from "./message-place.ts";

export interface TailCommand {
  /** Undefined for the patterns of the services' handlers. */
  readonly pattern: string | undefined;
  readonly conditions: readonly Condition[];
  /** Undefined to run until it is interrupted. */
  readonly count: number | undefined;
  readonly full: boolean;
  readonly json: boolean;
  readonly place: MessagePlace;
}

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function tailSettings(words: CommandWords): TailCommand {
  const { positionals, lists, options } = words;
  const values = new OptionValues("tail", options);
  const [pattern, ...others] = positionals;
  values.text("filter");
  if (others[0] !== undefined) {
    throw values.usage(
      `\`tomodachi tail\` takes one pattern, and "${others[0]}" was given as well. Put a pattern with * into quotes, or the shell replaces it by names of files; name services with --service.`,
    );
  }
  const place = messagePlace(words, values);
  if (pattern === undefined && place.paths.length === 0) {
    throw values.usage("`tomodachi tail` needs a pattern, or --service.", "'order.#'");
  }
  return {
    pattern,
    conditions: (lists.get("filter") ?? []).map((text) => condition(text, values)),
    count: values.count("count"),
    full: values.has("full"),
    json: values.has("json"),
    place,
  };
}

function condition(text: string, values: OptionValues): Condition {
  const parsed = parseCondition(text);
  if (parsed) return parsed;
  const field = /^[^=!~.]*/.exec(text)?.[0]?.trim() ?? "";
  const meant = filterFields.includes(field) ? undefined : closest(field, filterFields);
  const cure = meant
    ? `Did you mean "${meant}"?`
    : `A condition is a field, then =, != or ~ (contains), then a value. Fields: ${filterFields.join(", ")}.`;
  throw values.usage(`--filter "${text}" is not a condition. ${cure}`, "'#' --filter data.total=5");
}
