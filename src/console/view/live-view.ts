/** What changes while messages move: sent to the page twice in a second at most, and only what has changed. */

export interface LiveView {
  /** Milliseconds since 1970, by the clock of the process: countdowns count from it. */
  readonly at: number;
  /** `running`, `stopping` and so on; `watching` for a broker seen from outside. */
  readonly state: string;
  /** When the counts of messages began, in milliseconds since 1970; undefined where none are counted. */
  readonly countedSince: number | undefined;
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
  /** By the id of the subscription. */
  readonly handlers: Readonly<Record<string, HandlerLive>>;
  /** By name; null: the queue does not exist. */
  readonly queues: Readonly<Record<string, QueueLive | null>>;
  readonly published: readonly PublishedLive[];
  readonly retries: readonly WaitingRetry[];
  /** Retries that wait and are not in the list. */
  readonly moreRetries: number;
  /** Why the broker could not be asked; undefined when it could. */
  readonly brokerTrouble: string | undefined;
}

export interface HandlerLive {
  /** Messages settled in the last second. */
  readonly perSecond: number;
  /** This and the next three since the counts began. */
  readonly done: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly requeued: number;
  /** Delivered and not settled. */
  readonly inFlight: number;
  /** The median of the last runs, in milliseconds; undefined before the first. */
  readonly medianMs: number | undefined;
  /** Why it is paused; undefined while it is not. */
  readonly paused: string | undefined;
  readonly healthy: boolean;
}

export interface QueueLive {
  readonly messages: number;
  readonly consumers: number;
}

/** What a service publishes by one key; by the contract where there is one. */
export interface PublishedLive {
  readonly service: string;
  readonly exchange: string;
  readonly key: string;
  readonly perSecond: number;
  readonly count: number;
  readonly failed: number;
}

export interface WaitingRetry {
  readonly id: string;
  readonly service: string;
  readonly handler: string;
  readonly routingKey: string;
  /** The next run is this one, counted from 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly delayMs: number;
  readonly error: string;
  /** Opens the message of the run that failed. */
  readonly message: number | undefined;
}

/** One line of the list of messages. */
export interface MessageRow {
  /** Counts from 1, and names the message for the page. */
  readonly number: number;
  /** When it was settled or confirmed, in milliseconds since 1970. */
  readonly at: number;
  readonly kind: "handled" | "published" | "passing";
  readonly service: string;
  /** Undefined of a publish. */
  readonly handler: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string | undefined;
  readonly outcome: MessageOutcome;
  readonly attempt: number;
  readonly isReplay: boolean;
  readonly ms: number;
  readonly bytes: number;
  /** Class and message of the error, on one line. */
  readonly error: string | undefined;
}

export type MessageOutcome =
  | "acknowledge"
  | "duplicate"
  | "retry"
  | "requeue"
  | "dead-letter"
  | "published"
  | "unroutable"
  | "failed"
  | "seen";

export interface MessagesView {
  readonly rows: readonly MessageRow[];
  /** Messages since the last time that moved too fast for the list. They are counted everywhere else. */
  readonly leftOut: number;
}

export interface LogLine {
  readonly number: number;
  readonly at: number;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  readonly text: string;
  readonly service: string | undefined;
  readonly handler: string | undefined;
  /** The other fields, as JSON; "" without any. */
  readonly fields: string;
}
