/** A message that becomes part of a test. */

/** How one run of a handler ended, or what happened to a message whose handler was not called. */
export interface PlayedRun {
  /** `refused`: the schema refused it, so it was dead-lettered without a run. `unseen`: its end was not seen. */
  readonly outcome: "acknowledge" | "retry" | "requeue" | "dead-letter" | "refused" | "unseen";
  /** The time until the next run, in milliseconds; only after "retry". */
  readonly delayMs: number | undefined;
  /** Whether the message waited in the process. A test learns of such a run when the next one begins. @default false */
  readonly isHere?: boolean;
}

/** What one handler did with the message. */
export interface PlayedHandler {
  readonly service: string;
  readonly handler: string;
  /** The runs in their order; at least one. */
  readonly runs: readonly PlayedRun[];
}

export interface PlayedMessage {
  /** Milliseconds since 1970. Undefined: the pause before this message does not matter. */
  readonly at: number | undefined;
  readonly exchange: string;
  /** The routing key without prefix. */
  readonly routingKey: string;
  /** Plain JSON data, or bytes. */
  readonly data: unknown;
  /** The headers of the sender: without those of the framework and of the broker. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Every handler that received it; at least one. */
  readonly handled: readonly PlayedHandler[];
}

/** Where the test finds a service. */
export interface PlayedService {
  readonly name: string;
  /** The name under which its file exports it. */
  readonly exported: string;
  /** The path of the file, from the folder of the test. */
  readonly path: string;
}
