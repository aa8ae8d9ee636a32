/** A message that becomes a part of a test. */

/** How one run of its handler ended. */
export interface PlayedRun {
  readonly outcome: "acknowledge" | "retry" | "requeue" | "dead-letter";
  /** Before the next run; only after "retry". */
  readonly delayMs: number | undefined;
}

export interface PlayedMessage {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly service: string;
  readonly handler: string;
  readonly exchange: string;
  /** Without prefix. */
  readonly routingKey: string;
  readonly data: unknown;
  /** Those of the sender: none of the framework, and none of the broker. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** In their order; at least one. */
  readonly runs: readonly PlayedRun[];
}

/** Where the test finds a service. */
export interface PlayedService {
  readonly name: string;
  /** The name that its file exports it by. */
  readonly exported: string;
  /** From the folder of the test. */
  readonly path: string;
}
