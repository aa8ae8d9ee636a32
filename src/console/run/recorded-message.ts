/** A message as the console keeps it: its line in the list, and what is needed to open it. */
import type { MessageRow } from "../view/live-view.ts";

export interface RecordedMessage {
  readonly row: MessageRow;
  /** A copy of the body, or of its beginning. */
  readonly content: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The queue; undefined for a publish. */
  readonly queue: string | undefined;
  readonly correlationId: string | undefined;
  /** The id of the message whose handler sent this one. */
  readonly causationId: string | undefined;
  /** Runs in this process that failed before the last one, and what followed the last one. */
  readonly notes: readonly RunNote[];
  readonly error: RecordedError | undefined;
  /** Whether its handler was called: envelope and schema accepted the message. */
  readonly isCalled: boolean;
  /** How long it waits for its next run, in milliseconds; undefined if it does not. */
  readonly retryDelayMs: number | undefined;
}

export interface RunNote {
  readonly at: number;
  readonly kind: "failed" | "retry" | "dead-letter";
  readonly text: string;
  readonly detail: string | undefined;
  /** How long it waited in this process for its next run, in milliseconds; undefined if it did not. */
  readonly pauseMs?: number | undefined;
}

export interface RecordedError {
  readonly title: string;
  readonly message: string;
  readonly stack: string;
}

/** How many bytes of a body are kept. */
export const keptBytes: number = 256 * 1024;

/** A copy, so that no larger buffer stays in memory. */
export function bodyCopy(content: Buffer): Buffer {
  return Buffer.from(content.subarray(0, keptBytes));
}
