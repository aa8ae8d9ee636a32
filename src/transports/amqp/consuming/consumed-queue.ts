/** A queue that the transport consumes: a subscription's current queue or one under a previous name. */
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";

export interface ConsumedQueue {
  /** The name of the handler. */
  readonly handler: string;
  /** Undefined while nothing is consumed. */
  health(): ConsumerHealth | undefined;
  /** What of the queue is not done yet; undefined while nothing is consumed. */
  openWork(): Promise<OpenWork | undefined>;
  /** Starts nothing until `resume`; resolves when waiting deliveries were requeued, and running ones are settled. */
  pause(reason: string): Promise<void>;
  resume(): void;
  /** Accepts nothing new and requeues what has not started. */
  stopTaking(): Promise<void>;
  /** Resolves when no run is left, and no hook. */
  ended(): Promise<void>;
  /** Aborts the runs, and at the deadline requeues the messages of those that have not. */
  abortRuns(reason: Error, deadline: Promise<void>): Promise<void>;
  close(): Promise<void>;
}
