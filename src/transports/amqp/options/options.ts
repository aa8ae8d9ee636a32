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
import { propagatedHeadersCheck } from "./propagated-headers.ts";

/** How queues are named and declared: "reliable" loses no message, "python" does exactly what Python tomodachi does. */
export type TopologyProfile = "reliable" | "python";

/** The name of the connection that `options.amqp` itself describes. */
export const defaultConnection = "default";

/** One broker, and what a service does there. Every connection of a service can have these options. */
export interface AmqpBrokerOptions extends ConnectionOptions, AmqpHandlingOptions {
  /** The exchange for subscriptions and publishes that name no exchange. @default "amq.topic" */
  readonly exchangeName?: string | undefined;
  /** A prefix for all routing keys, in publishes and bindings. @default "" (none) */
  readonly routingKeyPrefix?: string | undefined;
  /** A prefix for all queue names. @default "" (none) */
  readonly queueNamePrefix?: string | undefined;
  /** How queues are named and declared. @default "reliable" */
  readonly topology?: TopologyProfile | undefined;
  /** true: an exchange or queue that exists with other arguments is an error. false: it is used, with a warning. @default false */
  readonly strictTopology?: boolean | undefined;
  /** The limit of the broker for an unsettled delivery (RabbitMQ's `consumer_timeout`), in seconds. @default 1800 */
  readonly consumerTimeoutSeconds?: number | undefined;
  /** How many seconds a publish may take in total: for the connection, for room, and for its confirm. @default 30 */
  readonly publishTimeoutSeconds?: number | undefined;
  /**
   * Publishes a message again, with the same id, if the connection broke before its confirm. Python services never settle a duplicate, so
   * the python profile does not do it.
   * @default true in the reliable profile, false in the python profile
   */
  readonly republishUnknown?: boolean | undefined;
  /** The largest body that is sent, in bytes. RabbitMQ 4 closes the channel above 16 MiB. @default 16777216 */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Headers that are copied from a handled message to everything that its handler publishes and requests. A header of the publish itself
   * overrides the copy. It needs `options.asyncContext`.
   * @default none
   */
  readonly propagateHeaders?: readonly string[] | undefined;
  /** Where handled messages are remembered. Several processes can share a store. @default the memory of this process */
  readonly deduplicationStore?: DeduplicationStore | undefined;
  /**
   * Which reply-to addresses a request may have. "direct": only direct reply-to. "server-named": also queues with a name from the broker
   * (`amq.gen-...`). "any": any address that can be a reply queue. A function: those for which it returns true. A request with another
   * address is dead-lettered without being handled.
   * @default "server-named"
   */
  readonly allowReplyTo?: AllowReplyTo | undefined;
}

/** `options.amqp` of a service. */
export interface AmqpServiceOptions extends AmqpBrokerOptions {
  /** How many handlers run at the same time in the whole process, and how many deliveries it prefetches, 1 to 65535. @default 400 */
  readonly globalPrefetchCount?: number | undefined;
  /**
   * Further brokers or virtual hosts. Subscriptions, publishes and requests name one in their option `connection`. A connection inherits
   * all options of `options.amqp` that it does not set, except those for the address and the login. Environment variables do not change
   * them. @default {}
   */
  readonly connections?: Readonly<Record<string, AmqpBrokerOptions>> | undefined;
}

const brokerChecks: FieldChecks = {
  ...connectionFieldChecks,
  ...handlingChecks,
  exchangeName: nonEmptyText,
  routingKeyPrefix: plainText,
  queueNamePrefix: plainText,
  topology: oneOf("reliable", "python"),
  strictTopology: flag,
  consumerTimeoutSeconds: seconds,
  publishTimeoutSeconds: seconds,
  republishUnknown: flag,
  maxMessageBytes: integer(1),
  propagateHeaders: propagatedHeadersCheck,
  deduplicationStore: {
    expected: "an object with claim, complete and release, such as memoryDeduplicationStore() returns",
    fits: isDeduplicationStore,
  },
  allowReplyTo: allowReplyToCheck,
};

const serviceChecks: FieldChecks = {
  ...brokerChecks,
  globalPrefetchCount: integer(1, 65_535),
  connections: {
    expected: "an object of connections by their names, such as { legacy: { url } }",
    fits: (value) => isRecord(value) && Object.values(value).every(isRecord),
  },
};

/** The names of exchanges, keys and queues. */
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
  readonly propagateHeaders: readonly string[];
}

export interface ResolvedConsuming {
  readonly globalPrefetchCount: number;
  readonly consumerTimeoutSeconds: number;
  readonly deduplicationStore: DeduplicationStore | undefined;
  readonly allowReplyTo: AllowReplyTo;
  /** The paths of these two options, for errors: of a named connection, or of the whole service. */
  readonly paths: Readonly<Record<"consumerTimeoutSeconds" | "allowReplyTo", string>>;
}

/** `options.amqp`, complete and frozen. No other code fills in defaults. */
export interface ResolvedAmqpOptions {
  /** The name of the connection; undefined for the default one. */
  readonly name: string | undefined;
  readonly connection: ResolvedConnectionOptions;
  readonly naming: ResolvedNaming;
  readonly topology: ResolvedTopology;
  readonly publishing: ResolvedPublishing;
  readonly consuming: ResolvedConsuming;
  /** The defaults for subscriptions. */
  readonly handling: AmqpHandlingOptions;
}

/** The valid options, by which handlers can be checked when other options are wrong. They never contain an address. */
export function rightAmqpOptions(given: unknown): Record<string, unknown> {
  const right = rightFields(given, serviceChecks);
  const connections = Object.entries((right["connections"] ?? {}) as NonNullable<AmqpServiceOptions["connections"]>);
  return {
    ...withoutPlace(right),
    connections: Object.fromEntries(
      connections.map(([name, own]) => [name, { ...withoutPlace(rightFields(own, brokerChecks)), host: "127.0.0.1" }]),
    ),
  };
}

/** Completes the default connection of `options.amqp`. Throws one error that lists every problem, also of named connections. */
export function resolveAmqpOptions(
  service: string,
  given: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedAmqpOptions {
  const options = (given ?? {}) as AmqpServiceOptions;
  const problems = [...fieldProblems(options, "options.amqp", serviceChecks), ...connectionProblems(options)];
  refuseProblems(`The service "${service}"`, problems);
  return resolveBroker(undefined, options, environment);
}

/** Completes the named connections. Call it after `resolveAmqpOptions`, which checks them. */
export function resolveNamedConnections(given: unknown): readonly ResolvedAmqpOptions[] {
  const options = (given ?? {}) as AmqpServiceOptions;
  const inherited = withoutPlace(options);
  return Object.entries(options.connections ?? {}).map(([name, own]) =>
    resolveBroker(name, { ...inherited, ...own }, {}, own),
  );
}

/** The problems of the named connections, except the type of the option itself. */
function connectionProblems({ connections }: AmqpServiceOptions): string[] {
  if (!isRecord(connections)) return [];
  return Object.entries(connections).flatMap(([name, own]) => {
    const path = `options.amqp.connections.${name}`;
    if (name.trim() === "") return ["options.amqp.connections has a connection without a name. Give it a name."];
    if (name === defaultConnection) return [`${path} is the default connection, which options.amqp itself describes.`];
    if (!isRecord(own)) return [];
    const { url, host, hosts } = own as AmqpBrokerOptions;
    const isNowhere = url === undefined && host === undefined && hosts === undefined;
    const nowhere = isNowhere ? [`${path} has no address of a broker. Set its url, host or hosts.`] : [];
    return [...fieldProblems(own, path, brokerChecks), ...nowhere];
  });
}

function withoutPlace(options: object): Record<string, unknown> {
  const kept = Object.entries(options).filter(
    ([name]) => !Object.hasOwn(connectionFieldChecks, name) && name !== "connections",
  );
  return Object.fromEntries(kept);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function resolveBroker(
  name: string | undefined,
  options: AmqpServiceOptions,
  environment: Readonly<Record<string, string | undefined>>,
  own: AmqpBrokerOptions = options,
): ResolvedAmqpOptions {
  const profile = options.topology ?? "reliable";
  const path = name === undefined ? "options.amqp" : `options.amqp.connections.${name}`;
  const pathOf = (option: keyof ResolvedConsuming["paths"]): string =>
    `${own[option] === undefined && options[option] !== undefined ? "options.amqp" : path}.${option}`;
  return Object.freeze({
    name,
    connection: resolveConnectionOptions(options, environment, { path, variables: name === undefined }),
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
      propagateHeaders: options.propagateHeaders ?? [],
    }),
    consuming: Object.freeze({
      globalPrefetchCount: options.globalPrefetchCount ?? 400,
      consumerTimeoutSeconds: options.consumerTimeoutSeconds ?? 1800,
      deduplicationStore: options.deduplicationStore,
      allowReplyTo: options.allowReplyTo ?? "server-named",
      paths: { consumerTimeoutSeconds: pathOf("consumerTimeoutSeconds"), allowReplyTo: pathOf("allowReplyTo") },
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
