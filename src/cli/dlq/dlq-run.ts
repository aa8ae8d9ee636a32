/** What the parts of one `tomodachi dlq` share. */
import type { DeadLetterEntry, EditedBody } from "../../dead-letters/index.ts";
import type { Palette } from "../common/colours.ts";
import type { Progress } from "../common/progress.ts";
import type { DlqSettings } from "./dlq-arguments.ts";
import type { QueueSummary } from "./dlq-summary.ts";

export interface DlqRun {
  readonly settings: DlqSettings;
  /** Aborts at the first ctrl-c. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** The colours of standard output. */
  readonly palette: Palette;
  /** Writes a dead letter as a line of an export. */
  keep(entry: DeadLetterEntry): void;
  /** Only for a replay with `--edit`. */
  readonly edit: ((entry: DeadLetterEntry) => Promise<EditedBody>) | undefined;
  /** Writes a line to standard output. */
  say(line: string): void;
  matches(entry: DeadLetterEntry): boolean;
  /** For former queue names of this broker: the current names. */
  readonly movedTo: ReadonlyMap<string, string>;
  /** The ids of the selected dead letters. */
  readonly foundIds: Set<string>;
  /** What `list` prints at the end, when the causes over all queues are known: a queue, or a line. */
  readonly listed: (QueueSummary | string)[];
  /** Numbers over all queues. */
  readonly totals: {
    done: number;
    stayed: number;
    messages: number;
    /** Whether not all messages were examined: the command ended early, or did not have to see them. */
    cutShort: boolean;
  };
}
