/** The options of the AMQP transport for a whole service, checked and completed before anything else reads them. */
import {
  type ConnectionOptions,
  connectionFieldChecks,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "../../../amqp-client/options.ts";
import { refuseProblems } from "../../../service/errors.ts";
import {
  type FieldChecks,
  fieldProblems,
  flag,
  integer,
  nonEmptyText,
  oneOf,
  plainText,
  rightFields,
  seconds,
} from "../../../util/check-fields.ts";
import { type AllowReplyTo, allowReplyToCheck } from "../names/reply-address.ts";
import { type ResolvedDeclare, resolveDeclare } from "./declare-option.ts";
import { type DeduplicationStore, isDeduplicationStore } from "./deduplication-store.ts";
import { type AmqpHandlingOptions, handlingChecks } from "./handling-options.ts";

/** How queues are named and declared: never losing, or exactly as Python tomodachi does. */
export type TopologyProfile = "reliable" | "python";

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

/** Names of exchanges, keys and queues. */
export interface ResolvedNaming {
  readonly exchangeName: string;
  readonly routingKeyPrefix: string;
  readonly queueNamePrefix: string;
}

/** What is declared, how strictly, and whether by the service. */
export interface ResolvedTopology {
  readonly profile: TopologyProfile;
  readonly strict: boolean;
  readonly declare: ResolvedDeclare;
}

export interface ResolvedPublishing {
  readonly publishTimeoutSeconds: number;
  readonly republishUnknown: boolean;
  readonly maxMessageBytes: number;
}

export interface ResolvedConsuming {
  readonly globalPrefetchCount: number;
  readonly consumerTimeoutSeconds: number;
  readonly deduplicationStore: DeduplicationStore | undefined;
  readonly allowReplyTo: AllowReplyTo;
}

/** `options.amqp`, complete and frozen. After this nobody fills in a default. */
export interface ResolvedAmqpOptions {
  readonly connection: ResolvedConnectionOptions;
  readonly naming: ResolvedNaming;
  readonly topology: ResolvedTopology;
  readonly publishing: ResolvedPublishing;
  readonly consuming: ResolvedConsuming;
  /** What subscriptions have that say nothing themselves. */
  readonly handling: AmqpHandlingOptions;
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
  const profile = options.topology ?? "reliable";
  return Object.freeze({
    connection: resolveConnectionOptions(options, environment),
    naming: Object.freeze({
      exchangeName: options.exchangeName ?? "amq.topic",
      routingKeyPrefix: options.routingKeyPrefix ?? "",
      queueNamePrefix: options.queueNamePrefix ?? "",
    }),
    topology: Object.freeze({
      profile,
      strict: options.strictTopology ?? false,
      declare: resolveDeclare(options.declare, environment),
    }),
    publishing: Object.freeze({
      publishTimeoutSeconds: options.publishTimeoutSeconds ?? 30,
      republishUnknown: options.republishUnknown ?? profile === "reliable",
      maxMessageBytes: options.maxMessageBytes ?? 16 * 1024 * 1024,
    }),
    consuming: Object.freeze({
      globalPrefetchCount: options.globalPrefetchCount ?? 400,
      consumerTimeoutSeconds: options.consumerTimeoutSeconds ?? 1800,
      deduplicationStore: options.deduplicationStore,
      allowReplyTo: options.allowReplyTo ?? "server-named",
    }),
    handling: handlingOf(options),
  });
}

function handlingOf(options: AmqpHandlingOptions): AmqpHandlingOptions {
  const { prefetch, concurrency, timeoutSeconds, queueType, queueTtl, singleActive, maxPriority } = options;
  const { deduplicate, deduplicationWindow, retry, circuitBreaker, crashLimit } = options;
  const { queueArguments, deadLetterQueue } = options;
  return Object.freeze({
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
    queueArguments,
    deadLetterQueue,
  });
}
