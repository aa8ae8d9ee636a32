/** Options of a service and of a subscription for handling messages. Those of the subscription override those of the service. */
import { type FieldCheck, type FieldChecks, flag, integer, oneOf, seconds } from "../../../util/check-fields.ts";
import { type Duration, durationWithin } from "../../../util/duration.ts";
import { type CircuitBreakerOptions, circuitBreakerCheck } from "./circuit-breaker.ts";
import { type DeclareOptions, declareCheck } from "./declare-option.ts";
import { otherHandlingNames } from "./other-names.ts";
import { type AmqpQueueOptions, queueChecks } from "./queue-options.ts";
import { type RetryOptions, retryCheck } from "./retry-options.ts";
import { type DeduplicationWindow, windowCheck } from "./window.ts";

/** The two types of queues that a service declares. */
export type QueueType = "quorum" | "classic";

/** Options for handling messages, for a service and for a subscription. Those of the subscription override those of the service. */
export interface AmqpHandlingOptions extends DeclareOptions, AmqpQueueOptions {
  /** How many unsettled deliveries the broker sends to one consumer, 1 to 65535. @default 100 */
  readonly prefetch?: number | undefined;
  /** How many handlers of one queue run at the same time, at most the prefetch. 1 keeps the order of the queue. @default the prefetch */
  readonly concurrency?: number | undefined;
  /** The time limit of a run, in seconds. After it the signal aborts, and the message is retried or dead-lettered. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** The type of new queues. An existing queue keeps its type. @default "quorum" in the reliable profile */
  readonly queueType?: QueueType | undefined;
  /**
   * The broker deletes a queue, with its messages, after this time without a consumer. 0 means never. It is set when the queue is declared
   * and cannot be changed later.
   * @default never in the reliable profile, "1d" in the python profile
   */
  readonly queueTtl?: Duration | undefined;
  /** Only one instance consumes at a time (`x-single-active-consumer`). An existing queue keeps its setting. @default false */
  readonly singleActive?: boolean | undefined;
  /**
   * Delivers messages with a higher `priority` first. A classic queue is declared with this highest priority, 1 to 255, which cannot be
   * changed later. A quorum queue has the priorities 0 to 31 from RabbitMQ 4.3 on, and nothing is declared for it.
   * @default none: no priorities
   */
  readonly maxPriority?: number | undefined;
  /**
   * Acknowledges a message without running the handler if this handler has handled it before. true: a message is recognised by the id in
   * its envelope. "messageId": by AMQP's message-id if there is one, so that a sender can decide which messages are the same.
   * @default true
   */
  readonly deduplicate?: boolean | "messageId" | undefined;
  /**
   * How many ids of handled messages each method remembers in this process, and for how long. A store in `deduplicationStore` has its own
   * window. @default { size: 100000, ageSeconds: 600 }
   */
  readonly deduplicationWindow?: DeduplicationWindow | undefined;
  /**
   * Which failed runs are repeated, and when. false: none. The option of a subscription replaces that of the service completely. See
   * `RetryOptions`.
   * @default false
   */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * Pauses the consumer after this many failures, because a system that the handler needs is probably down. Then the consumer tries one
   * message at a time, and continues when one succeeds. A number means failures of the same error class within a minute.
   * @default no circuit breaker
   */
  readonly circuitBreaker?: number | CircuitBreakerOptions | undefined;
  /**
   * How often a message may return to its quorum queue because the process that handled it ended, 3 to 1000. After that it is dead-lettered
   * without another run. false: as often as the delivery limit of the queue allows. From the third return on, a message runs alone, so that
   * no other message is blamed. At least 15 with `orderingKey` or `singleActive`, and after the handler used `Requeue`, because other
   * returns are counted there too.
   * @default 5
   */
  readonly crashLimit?: number | false | undefined;
}

const deduplicateCheck = {
  expected: 'true, false or "messageId"',
  fits: (value: unknown): boolean => typeof value === "boolean" || value === "messageId",
};

const crashLimitCheck: FieldCheck = {
  expected: "a whole number from 3 to 1000, or false",
  fits: (value) =>
    value === false || (Number.isSafeInteger(value) && (value as number) >= 3 && (value as number) <= 1000),
};

export const handlingChecks: FieldChecks = {
  prefetch: integer(1, 65_535),
  concurrency: integer(1, 65_535),
  timeoutSeconds: seconds,
  queueType: oneOf("quorum", "classic"),
  queueTtl: durationWithin(0, 4_294_967_000, { anyNumber: true }),
  singleActive: flag,
  maxPriority: integer(1, 255),
  deduplicate: deduplicateCheck,
  deduplicationWindow: windowCheck,
  retry: retryCheck,
  circuitBreaker: circuitBreakerCheck,
  crashLimit: crashLimitCheck,
  declare: declareCheck,
  ...queueChecks,
  ...otherHandlingNames,
};
