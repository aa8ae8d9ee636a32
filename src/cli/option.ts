/** What an option of the command line is. */

export type CommandName = "run" | "broker" | "dlq" | "migrate" | "topology" | "schedule" | DefinedCommandName;

/** Commands that have a definition: see `command-definition.ts`. */
export type DefinedCommandName = "publish" | "tail" | "config" | "describe" | "doctor" | "trace";

export interface Option {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** The commands that take it. @default every command */
  readonly of?: readonly CommandName[];
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
