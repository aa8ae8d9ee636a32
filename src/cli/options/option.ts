/** What an option of the command line is. */

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

/** Commands that have a definition: see `command-definition.ts`. */
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
  /** The commands that take it. @default every command */
  readonly of?: readonly CommandName[];
  /** Commands that also take it; their help shows another way. */
  readonly alsoOf?: readonly CommandName[];
  /** It is another name of this option. */
  readonly aliasOf?: string;
  /** The environment variable of the option; the option overrides it. */
  readonly variable?: string;
  /** What may be given, each with what it means. */
  readonly values?: Readonly<Record<string, string>>;
  /** Given twice, it is refused. @default the last one counts */
  readonly once?: true;
  /** What stands for the value in the usage text. @default "value" */
  readonly placeholder?: string;
  /** For the usage text; an option without it is accepted and not mentioned. */
  readonly help?: string;
}
