/** The parts of a command's help: its options, and the text around them. */
import type { Option } from "./option.ts";

export interface CommandHelp {
  /** The options in its help. If several commands have an option, its help may differ here. */
  readonly options: Readonly<Record<string, Option>>;
  /** The text before the options. */
  readonly usageOpening: readonly string[];
  readonly usageEnd: readonly string[];
}
