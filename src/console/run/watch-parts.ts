/** What the watches of all services of a run share. */
import type { MessageLog } from "./message-log.ts";
import type { WaitingRetries } from "./waiting-retries.ts";

export interface WatchParts {
  readonly log: MessageLog;
  readonly retries: WaitingRetries;
}
