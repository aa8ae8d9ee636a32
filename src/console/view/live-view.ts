/** What changes while messages move. It is sent to the page at most twice a second, and only if something has changed. */

export interface LiveView {
  /** The time of the process, in milliseconds since 1970. Countdowns use it. */
  readonly at: number;
  /** `running`, `stopping` and so on; `watching` for a broker seen from outside. */
  readonly state: string;
  /** When the counts of messages began, in milliseconds since 1970; undefined if nothing is counted. */
  readonly countedSince: number | undefined;
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
  /** The handlers, by the id of the subscription. */
  readonly handlers: Readonly<Record<string, HandlerLive>>;
  /** The queues by name; null if the queue does not exist. */
  readonly queues: Readonly<Record<string, QueueLive | null>>;
  readonly published: readonly PublishedLive[];
  readonly retries: readonly WaitingRetry[];
  /** How many waiting retries are not in the list. */
  readonly moreRetries: number;
  /** Why the broker could not be asked; undefined if it could. */
  readonly brokerTrouble: string | undefined;
}

export interface HandlerLive {
  /** How many messages were settled in the last second. */
  readonly perSecond: number;
  /** This and the next three values are counts since the beginning of the counts. */
  readonly done: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly requeued: number;
  /** Messages that were delivered and are not settled. */
  readonly inFlight: number;
  /** The median of the last runs, in milliseconds; undefined before the first run. */
  readonly medianMs: number | undefined;
  /** Why it is paused; undefined if it is not. */
  readonly paused: string | undefined;
  readonly healthy: boolean;
}

export interface QueueLive {
  readonly messages: number;
  readonly consumers: number;
}

/** What a service publishes with one routing key, or with one contract. */
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
  /** The number of the next run, counted from 1. */
  readonly attempt: number;
  /** When it is due, in milliseconds since 1970. */
  readonly dueAt: number;
  readonly delayMs: number;
  readonly error: string;
  /** The number of the message whose run failed; it opens that message. */
  readonly message: number | undefined;
}

/** One line in the list of messages. */
export interface MessageRow {
  /** The number of the message, from 1. The page uses it as the name of the message. */
  readonly number: number;
  /** When it was settled or confirmed, in milliseconds since 1970. */
  readonly at: number;
  readonly kind: "handled" | "published" | "passing";
  readonly service: string;
  /** The handler; undefined for a publish. */
  readonly handler: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string | undefined;
  readonly outcome: MessageOutcome;
  readonly attempt: number;
  readonly isReplay: boolean;
  readonly ms: number;
  readonly bytes: number;
  /** The class and the message of the error, on one line. */
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
  /** How many messages since the last time were too fast for the list. They are included in all counts. */
  readonly leftOut: number;
}

export interface LogLine {
  readonly number: number;
  readonly at: number;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  readonly text: string;
  readonly service: string | undefined;
  readonly handler: string | undefined;
  /** The other fields as JSON; "" if there are none. */
  readonly fields: string;
}
