/** The unfinished work of a service, counted for each place. A test or a health check can see whether everything is done. */

/** The open work of one subscription, or of a service's publishes. Everything is done if all counts are 0. */
export interface OpenWork {
  /** Whose work it is, as text: `orders.onPaid`. */
  readonly of: string;
  /** Messages in the queue that were not delivered yet. */
  readonly queued: number;
  /** Messages in this process: they wait for their run, run, or are being settled. For publishes: those without an answer. */
  readonly running: number;
  /** How many of them only wait for time to pass, for example before a requeue. */
  readonly pausing: number;
  /** Other open questions to the broker. A clock that a test advances waits for their answers. @default 0 */
  readonly answering?: number | undefined;
  /** Whether nothing is consumed now: the connection is lost, or the consumer is opening, or it is paused because of failures. */
  readonly interrupted: boolean;
  /** Messages that cannot be handled now: they wait on the broker for a delayed retry, or in the queue of a paused handler. @default 0 */
  readonly parked?: number | undefined;
}
