/** A message that becomes a part of a test. */

/** How one run of a handler ended, or what became of a message that its handler was not called with. */
export interface PlayedRun {
  /** `refused`: the schema did not take it, so it was dead-lettered without a run. `unseen`: its end was not seen. */
  readonly outcome: "acknowledge" | "retry" | "requeue" | "dead-letter" | "refused" | "unseen";
  /** Before the next run; only after "retry". */
  readonly delayMs: number | undefined;
  /** It waited in the process, and a test is told of such a run when the next one begins. @default false */
  readonly isHere?: boolean;
}

/** What one handler did with it. */
export interface PlayedHandler {
  readonly service: string;
  readonly handler: string;
  /** In their order; at least one. */
  readonly runs: readonly PlayedRun[];
}

export interface PlayedMessage {
  /** Milliseconds since 1970; undefined: how long before it nothing came does not count. */
  readonly at: number | undefined;
  readonly exchange: string;
  /** Without prefix. */
  readonly routingKey: string;
  /** Plain JSON, or bytes. */
  readonly data: unknown;
  /** Those of the sender: none of the framework, and none of the broker. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Every handler that got it; at least one. */
  readonly handled: readonly PlayedHandler[];
}

/** Where the test finds a service. */
export interface PlayedService {
  readonly name: string;
  /** The name that its file exports it by. */
  readonly exported: string;
  /** From the folder of the test. */
  readonly path: string;
}
