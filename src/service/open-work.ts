/** The unfinished work of a service, counted by its place: how a test, or a health check, sees that nothing is left to do. */

/** The open work of one subscription, or of a service's publishes. Done with everything: all counts are 0. */
export interface OpenWork {
  /** Whose it is, for people: `orders.onPaid`. */
  readonly of: string;
  /** Messages in the queue that were not delivered yet. */
  readonly queued: number;
  /** Messages with this process: waiting for their run, running or being settled. For publishes: without an answer. */
  readonly running: number;
  /** How many of them only wait for time to pass, as before a requeue. */
  readonly pausing: number;
  /**
   * What is asked of the other side besides, and has no answer yet. A clock that a test moves waits for it. @default 0
   */
  readonly answering?: number | undefined;
  /** Nothing is consumed now: the connection is lost, or the consumer is opening, or paused for a fault. */
  readonly interrupted: boolean;
  /**
   * Messages that cannot be handled now: they wait on the broker for the time of another run, or in the queue of a paused
   * handler. @default 0
   */
  readonly parked?: number | undefined;
}
