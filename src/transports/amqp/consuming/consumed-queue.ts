/** A queue that the transport consumes, whether it is a subscription's queue of today or one under a previous name. */
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";

export interface ConsumedQueue {
  /** The name of the handler. */
  readonly handler: string;
  /** Undefined while nothing is consumed. */
  health(): ConsumerHealth | undefined;
  /** What of the queue is not done yet; undefined while nothing is consumed. */
  openWork(): Promise<OpenWork | undefined>;
  /** Begins nothing until `resume`; resolves when what had not begun went back, and what runs has been settled. */
  pause(reason: string): Promise<void>;
  resume(): void;
  /** Takes nothing new and gives back what has not begun. */
  stopTaking(): Promise<void>;
  /** Resolves when no run is left, and no hook. */
  ended(): Promise<void>;
  /** Aborts the runs, and at the deadline requeues the messages of those that have not. */
  abortRuns(reason: Error, deadline: Promise<void>): Promise<void>;
  close(): Promise<void>;
}
