/** Options of a service and of a subscription for how messages are handled; those of the subscription come first. */
import { type FieldCheck, type FieldChecks, flag, integer, oneOf, seconds } from "../../../util/check-fields.ts";
import { type Duration, durationWithin } from "../../../util/duration.ts";
import { type CircuitBreakerOptions, circuitBreakerCheck } from "./circuit-breaker.ts";
import { type DeclareOptions, declareCheck } from "./declare-option.ts";
import { otherHandlingNames } from "./other-names.ts";
import { type AmqpQueueOptions, queueChecks } from "./queue-options.ts";
import { type RetryOptions, retryCheck } from "./retry-options.ts";
import { type DeduplicationWindow, windowCheck } from "./window.ts";

export type QueueType = "quorum" | "classic";

/** Options of subscriptions and services; those of the subscription override those of the service. */
export interface AmqpHandlingOptions extends DeclareOptions, AmqpQueueOptions {
  /** How many deliveries the broker sends before the first is settled. @default 100 */
  readonly prefetch?: number | undefined;
  /** How many handlers of one queue run at once; 1 keeps the order of the queue. @default the prefetch */
  readonly concurrency?: number | undefined;
  /** The longest run, in seconds. Then its signal aborts, and its message is retried or dead-lettered. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** The type of new queues; an existing queue keeps its type. @default "quorum" in the reliable profile */
  readonly queueType?: QueueType | undefined;
  /**
   * Time without a consumer after which the broker deletes a queue, with its messages. Fixed when a queue is made; 0 is never.
   * @default never in the reliable profile, "1d" in the python profile
   */
  readonly queueTtl?: Duration | undefined;
  /** One consumer at a time over all instances (`x-single-active-consumer`). Existing queues keep theirs. @default false */
  readonly singleActive?: boolean | undefined;
  /**
   * Messages with a higher `priority` come first. Of a classic queue it is the highest priority, 1 to 255, and fixed when the queue is
   * made. A quorum queue has the priorities 0 to 31 from RabbitMQ 4.3 on, for any number here; nothing is declared for it.
   * @default none
   */
  readonly maxPriority?: number | undefined;
  /**
   * Recognise a message that this handler has done already, by the id its envelope carries; "messageId" takes AMQP's own
   * message-id before that, so that an application can say by it which messages are the same.
   * @default true
   */
  readonly deduplicate?: boolean | "messageId" | undefined;
  /**
   * How many ids of handled messages each method remembers in this process, and for how long. A store of `deduplicationStore` has a
   * window of its own beside it. @default { size: 100000, ageSeconds: 600 }
   */
  readonly deduplicationWindow?: DeduplicationWindow | undefined;
  /**
   * What is tried again after a failure, and when; false: nothing is. A subscription's own word replaces the service's as a
   * whole. See `RetryOptions`.
   * @default false
   */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * Pauses the consumer after this many failures, because a system that the handler needs seems to be down. Then the consumer tries
   * one message at a time, and resumes when one succeeds. A number is the number of failures of one class within a minute.
   * @default no circuit breaker
   */
  readonly circuitBreaker?: number | CircuitBreakerOptions | undefined;
  /**
   * How often a message may come back to its quorum queue because the process that handled it ended. After that it is dead-lettered
   * without another run. false: as often as the queue's delivery limit allows. At least 3: from the third return on the message
   * runs alone, so that no other message is counted with it. With `orderingKey` or `singleActive` at least 15, because each stop of
   * an instance counts there.
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
