/** The options of the AMQP transport, for a service and for a subscription, checked and completed at the door. */
import {
  type ConnectionOptions,
  connectionFieldChecks,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "../../../amqp-client/options.ts";
import { envelopeCheck } from "../../../service/envelope-check.ts";
import { refuseProblems } from "../../../service/errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import {
  type FieldCheck,
  type FieldChecks,
  fieldProblems,
  flag,
  integer,
  nonEmptyText,
  oneOf,
  plainText,
  rightFields,
  seconds,
  texts,
} from "../../../util/check-fields.ts";
import { type Duration, durationWithin } from "../../../util/duration.ts";
import { schemaCheck } from "../contracts/schema-check.ts";
import { type AllowReplyTo, allowReplyToCheck } from "../names/reply-address.ts";
import { batchChecks } from "./batch-options.ts";
import { type CircuitBreakerOptions, circuitBreakerCheck } from "./circuit-breaker.ts";
import { type DeduplicationStore, isDeduplicationStore } from "./deduplication-store.ts";
import type { OrderingKeyFunction } from "./ordering-key.ts";
import { otherHandlingNames, otherSubscriptionNames } from "./other-names.ts";
import { type ReplyOptions, replyChecks } from "./reply-options.ts";
import { type RetryOptions, retryCheck } from "./retry-options.ts";
import { type DeduplicationWindow, windowCheck } from "./window.ts";

/** How queues are named and declared: never losing, or exactly as Python tomodachi does. */
export type TopologyProfile = "reliable" | "python";
export type QueueType = "quorum" | "classic";
export type ExchangeType = "topic" | "direct" | "fanout" | "headers";

/** What a subscription and a service may both say; a subscription's own word counts. */
export interface AmqpHandlingOptions {
  /** Deliveries that the broker hands over before the first is settled. @default 100 */
  readonly prefetch?: number | undefined;
  /** Handlers of one queue that run at once; 1 keeps the queue's order. @default the prefetch */
  readonly concurrency?: number | undefined;
  /** Seconds after which a run's signal aborts and its message is put aside. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** Fixed when a queue is made. @default "quorum" in the reliable profile */
  readonly queueType?: QueueType | undefined;
  /**
   * Time without a consumer after which the broker deletes a queue, with its messages. Fixed when a queue is made; 0 is never.
   * @default never in the reliable profile, "1d" in the python profile
   */
  readonly queueTtl?: Duration | undefined;
  /** One consumer at a time over all instances (`x-single-active-consumer`). Fixed when a queue is made. @default false */
  readonly singleActive?: boolean | undefined;
  /** Highest priority of a classic queue, 1 to 255. Fixed when a queue is made. @default none */
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
   * one message at a time, and goes on when one succeeds. A number is the number of failures of one class within a minute.
   * @default no circuit breaker
   */
  readonly circuitBreaker?: number | CircuitBreakerOptions | undefined;
  /**
   * How often a message may come back to its quorum queue without an outcome, because processes that had it ended, before it is
   * dead-lettered without another run; false: as often as the queue's delivery limit allows. At least 3: from the third return
   * on a message runs alone, so that no other one is counted with it. With `orderingKey` or `singleActive` at least 15, because each stop of
   * an instance counts there.
   * @default 5
   */
  readonly crashLimit?: number | false | undefined;
}

/** `options.amqp` of a service. */
export interface AmqpServiceOptions extends ConnectionOptions, AmqpHandlingOptions {
  /** Exchange of subscriptions and publishes that name none. @default "amq.topic" */
  readonly exchangeName?: string | undefined;
  /** Put before every routing key, published or bound. @default "" */
  readonly routingKeyPrefix?: string | undefined;
  /** Put before every queue name. @default "" */
  readonly queueNamePrefix?: string | undefined;
  /** @default "reliable" */
  readonly topology?: TopologyProfile | undefined;
  /** Make an error of an exchange or queue that stands with other arguments, instead of using it with a warning. @default false */
  readonly strictTopology?: boolean | undefined;
  /** Handlers that run at once in the process, and the sum of its prefetches. @default 400 */
  readonly globalPrefetchCount?: number | undefined;
  /** The broker's limit on holding a delivery (RabbitMQ's `consumer_timeout`), in seconds. @default 1800 */
  readonly consumerTimeoutSeconds?: number | undefined;
  /** Seconds a publish may wait for a connection, for room and for its confirm. @default 30 */
  readonly publishTimeoutSeconds?: number | undefined;
  /**
   * Publish again, with the same id, what was sent when the connection broke before the confirm. Python readers never
   * settle a duplicate, so their profile says no.
   * @default true in the reliable profile, false in the python profile
   */
  readonly republishUnknown?: boolean | undefined;
  /** Largest body that is sent, in bytes; RabbitMQ 4 closes the channel above 16 MiB. @default 16777216 */
  readonly maxMessageBytes?: number | undefined;
  /** Where it is kept which messages were done; a shared one knows of other processes too. @default the memory of this process */
  readonly deduplicationStore?: DeduplicationStore | undefined;
  /**
   * Which reply-to of a request is answered: addresses that a broker gave (`"server-named"`: those of direct reply-to and queues
   * named `amq.gen-...`), those of direct reply-to alone (`"direct"`), those for which a function says true, or any that can be a
   * queue for replies. A request with another one is put aside, and not handled.
   * @default "server-named"
   */
  readonly allowReplyTo?: AllowReplyTo | undefined;
}

/** The options of `@amqp` beside those of the envelope. */
export interface AmqpOptions extends AmqpHandlingOptions, ReplyOptions {
  /** @default the service's `options.amqp.exchangeName` */
  readonly exchangeName?: string | undefined;
  /** Type of an exchange that does not exist yet. @default "topic" */
  readonly exchangeType?: ExchangeType | undefined;
  /** Instances share one queue; false gives each instance its own, so that each gets every message. @default true */
  readonly competing?: boolean | undefined;
  /** @default a readable name of service, method and pattern */
  readonly queueName?: string | undefined;
  /**
   * A Standard Schema (zod, valibot, arktype, ...): the handler gets its output; what it refuses is dead-lettered, never
   * retried. May be async.
   * @default none: any data is taken
   */
  readonly schema?: StandardSchema | undefined;
  /**
   * Gives a message's ordering key: messages of one key are handled one after another, in the queue's order, and messages of
   * different keys side by side. With `singleActive` that holds across instances.
   * @default no order
   */
  readonly orderingKey?: OrderingKeyFunction | undefined;
  /**
   * Names that the queue had before, without the prefix. At the start each of these queues is unbound, and it is consumed as well
   * for as long as it is named here. It is never deleted: a stopping instance may still hold messages of it that no count shows. @default none
   */
  readonly previousQueueNames?: readonly string[] | undefined;
  /** Patterns that the queue had before, without the prefix: the start removes their bindings. @default none */
  readonly previousPatterns?: readonly string[] | undefined;
  /**
   * The Python method's name, which is part of a generated queue name in the python profile. It has no effect in the reliable profile.
   * @default the method's name
   */
  readonly functionName?: string | undefined;
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

const handlingChecks: FieldChecks = {
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
  ...otherHandlingNames,
};

const serviceChecks: FieldChecks = {
  ...connectionFieldChecks,
  ...handlingChecks,
  exchangeName: nonEmptyText,
  routingKeyPrefix: plainText,
  queueNamePrefix: plainText,
  topology: oneOf("reliable", "python"),
  strictTopology: flag,
  globalPrefetchCount: integer(1, 65_535),
  consumerTimeoutSeconds: seconds,
  publishTimeoutSeconds: seconds,
  republishUnknown: flag,
  maxMessageBytes: integer(1),
  deduplicationStore: {
    expected: "an object with claim, complete and release, as memoryDeduplicationStore() makes one",
    fits: isDeduplicationStore,
  },
  allowReplyTo: allowReplyToCheck,
};

/** Checks of `@amqp`'s own options; what is not here belongs to the envelope. */
export const subscriptionChecks: FieldChecks = {
  ...handlingChecks,
  exchangeName: nonEmptyText,
  exchangeType: oneOf("topic", "direct", "fanout", "headers"),
  competing: flag,
  queueName: nonEmptyText,
  messageEnvelope: envelopeCheck,
  schema: schemaCheck,
  orderingKey: { expected: "a function (data, context) => key", fits: (value) => typeof value === "function" },
  previousQueueNames: texts,
  previousPatterns: texts,
  functionName: nonEmptyText,
  ...replyChecks,
  ...batchChecks,
  ...otherSubscriptionNames,
};

/** `options.amqp`, complete and frozen. After this nobody fills in a default. */
export interface ResolvedAmqpOptions {
  readonly connection: ResolvedConnectionOptions;
  readonly handling: AmqpHandlingOptions;
  readonly exchangeName: string;
  readonly routingKeyPrefix: string;
  readonly queueNamePrefix: string;
  readonly topology: TopologyProfile;
  readonly strictTopology: boolean;
  readonly globalPrefetchCount: number;
  readonly consumerTimeoutSeconds: number;
  readonly publishTimeoutSeconds: number;
  readonly republishUnknown: boolean;
  readonly maxMessageBytes: number;
  readonly deduplicationStore: DeduplicationStore | undefined;
  readonly allowReplyTo: AllowReplyTo;
}

/** What of `options.amqp` handlers can be checked by where something is wrong with it; never where the broker is. */
export function rightAmqpOptions(given: unknown): Record<string, unknown> {
  const right = Object.entries(rightFields(given, serviceChecks));
  return Object.fromEntries(right.filter(([name]) => !Object.hasOwn(connectionFieldChecks, name)));
}

/** Checks and completes `options.amqp`; throws one error that lists every problem. */
export function resolveAmqpOptions(
  service: string,
  given: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedAmqpOptions {
  const options = (given ?? {}) as AmqpServiceOptions;
  refuseProblems(`The service "${service}"`, fieldProblems(options, "options.amqp", serviceChecks));
  const { prefetch, concurrency, timeoutSeconds, queueType, queueTtl, singleActive, maxPriority, deduplicate } =
    options;
  const { retry, crashLimit, deduplicationWindow } = options;
  const { circuitBreaker, deduplicationStore } = options;
  const topology = options.topology ?? "reliable";
  return Object.freeze({
    connection: resolveConnectionOptions(options, environment),
    handling: Object.freeze({
      prefetch,
      concurrency,
      timeoutSeconds,
      queueType,
      queueTtl,
      singleActive,
      maxPriority,
      deduplicate,
      deduplicationWindow,
      retry,
      circuitBreaker,
      crashLimit,
    }),
    exchangeName: options.exchangeName ?? "amq.topic",
    routingKeyPrefix: options.routingKeyPrefix ?? "",
    queueNamePrefix: options.queueNamePrefix ?? "",
    topology,
    strictTopology: options.strictTopology ?? false,
    globalPrefetchCount: options.globalPrefetchCount ?? 400,
    consumerTimeoutSeconds: options.consumerTimeoutSeconds ?? 1800,
    publishTimeoutSeconds: options.publishTimeoutSeconds ?? 30,
    republishUnknown: options.republishUnknown ?? topology === "reliable",
    maxMessageBytes: options.maxMessageBytes ?? 16 * 1024 * 1024,
    deduplicationStore,
    allowReplyTo: options.allowReplyTo ?? "server-named",
  });
}
