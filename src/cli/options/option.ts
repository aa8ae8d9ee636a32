/** The description of an option of the command line. */

export const commandNames = [
  "run",
  "new",
  "broker",
  "publish",
  "tail",
  "config",
  "describe",
  "doctor",
  "trace",
  "console",
  "record",
  "dlq",
  "topology",
  "schedule",
  "migrate",
  "completion",
] as const;

export type CommandName = (typeof commandNames)[number];

/** Commands with a definition: see `command-definition.ts`. */
export type DefinedCommandName =
  | "publish"
  | "tail"
  | "config"
  | "describe"
  | "doctor"
  | "trace"
  | "completion"
  | "console"
  | "record"
  | "new";

export interface Option {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** The commands that have the option. @default every command */
  readonly of?: readonly CommandName[];
  /** Commands that also accept it, but whose help shows another way. */
  readonly alsoOf?: readonly CommandName[];
  /** It is another name of this option. */
  readonly aliasOf?: string;
  /** The environment variable of the option; the option overrides it. */
  readonly variable?: string;
  /** The possible values, each with its meaning. */
  readonly values?: Readonly<Record<string, string>>;
  /** true: it is refused if it is given twice. @default the last one counts */
  readonly once?: true;
  /** What stands for the value in the help. @default "value" */
  readonly placeholder?: string;
  /** The text in the help. An option without it is accepted, but not mentioned. */
  readonly help?: string;
}
