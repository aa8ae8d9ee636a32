/** What `--help` of a command shows: its options, and the text around them. */
import type { Option } from "./option.ts";

export interface CommandHelp {
  /** What its help lists, with the words that it has for options of several commands. */
  readonly options: Readonly<Record<string, Option>>;
  /** Before and after the options in its help. */
  readonly usageOpening: readonly string[];
  readonly usageEnd: readonly string[];
}
