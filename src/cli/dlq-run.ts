/** What the parts of one `tomodachi dlq` share. */
import type { DeadLetterEntry } from "../dead-letters/index.ts";
import type { DlqSettings } from "./dlq-arguments.ts";
import type { Progress } from "./dlq-progress.ts";

export interface DlqRun {
  readonly settings: DlqSettings;
  /** Aborts at the first ctrl-c. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Writes a line to standard output. */
  say(line: string): void;
  matches(entry: DeadLetterEntry): boolean;
  /** Queues of this broker by their previous names. */
  readonly movedTo: ReadonlyMap<string, string>;
  /** Ids of the dead letters that were meant. */
  readonly foundIds: Set<string>;
  /** Over all queues. */
  readonly totals: {
    done: number;
    stayed: number;
    messages: number;
    /** Not everything was looked at: it ended early, or was not wanted. */
    cutShort: boolean;
  };
}
