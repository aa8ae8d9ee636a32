/** The `x-` arguments of a queue: read, checked, and refused by name as RabbitMQ refuses them. */
import { replyCode } from "../amqp-wire/constants.ts";
import { type FieldTable, type FieldValue, fieldInteger, fieldText } from "../amqp-wire/field-table.ts";
import { channelError, connectionError, type ReplyError } from "./errors.ts";
import { type BrokerProfile, profileOf } from "./profile.ts";
import { typeName, valueText } from "./type-names.ts";

export type ServerQueueType = "classic" | "quorum";
export type Overflow = "drop-head" | "reject-publish" | "reject-publish-dlx";

/** What a queue does because of its arguments; undefined where it was not asked to. */
export interface ServerQueueArguments {
  readonly type: ServerQueueType;
  readonly messageTtlMs: number | undefined;
  /** Deleted when unused for this long. */
  readonly expiresMs: number | undefined;
  readonly maxLength: number | undefined;
  readonly maxBytes: number | undefined;
  readonly overflow: Overflow;
  readonly deadLetterExchange: string | undefined;
  readonly deadLetterRoutingKey: string | undefined;
  /** A dead letter leaves only when a queue has taken it. */
  readonly deadLetterAtLeastOnce: boolean;
  readonly maxPriority: number;
  readonly singleActiveConsumer: boolean;
  /** How often the delivery of a message may fail; quorum queues only. */
  readonly deliveryLimit: number | undefined;
  /** How long a delivery may be held; undefined uses the broker's limit. Quorum queues only. */
  readonly consumerTimeoutMs: number | undefined;
}

/** The other parts of a declaration of a queue. */
export interface QueueProperties {
  readonly name: string;
  readonly virtualHost: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}

/** Compared when a queue is declared again. */
const comparedArguments: readonly string[] = [
  "x-expires",
  "x-message-ttl",
  "x-dead-letter-exchange",
  "x-dead-letter-routing-key",
  "x-dead-letter-strategy",
  "x-max-length",
  "x-max-length-bytes",
  "x-max-priority",
  "x-overflow",
  "x-queue-mode",
  "x-single-active-consumer",
  "x-queue-type",
  "x-delivery-limit",
];

/** The same, of one release. */
export function comparedBy({ timeoutEnds }: BrokerProfile): readonly string[] {
  return timeoutEnds === "consumer" ? [...comparedArguments, "x-consumer-timeout"] : comparedArguments;
}

/**
 * What a declaration means that names no type: the virtual host's. A queue that cannot be a quorum queue is a classic one.
 * The same arguments come back where there is nothing to say.
 */
export function withDefaultType(
  { durable, exclusive, autoDelete, arguments: given }: Omit<QueueProperties, "name" | "virtualHost">,
  defaultType: ServerQueueType,
): FieldTable {
  const fits = durable && !exclusive && !autoDelete;
  if (defaultType === "classic" || !fits || given.has("x-queue-type")) return given;
  return new Map([...given, ["x-queue-type", { type: "S", value: Buffer.from(defaultType) }]]);
}

/** Ten years. */
const longestMs = 315_360_000_000;
const ofStreams = ["x-max-age", "x-stream-max-segment-size-bytes", "x-initial-cluster-size"];
const refusedByQuorum = [...ofStreams, "x-max-priority", "x-queue-mode", "x-queue-version", "x-queue-master-locator"];
const refusedByClassic = [
  ...ofStreams,
  "x-delivery-limit",
  "x-dead-letter-strategy",
  "x-quorum-initial-group-size",
  "x-max-in-memory-length",
  "x-max-in-memory-bytes",
];
/** Of quorum queues alone since RabbitMQ 4.3; others took them for any queue and did nothing. */
const ofQuorumSince43 = ["x-consumer-timeout", "x-delayed-retry-type", "x-delayed-retry-min", "x-delayed-retry-max"];
const locators: readonly string[] = ["client-local", "balanced", "random", "least-leaders"];
const overflows: readonly string[] = ["drop-head", "reject-publish", "reject-publish-dlx"] satisfies Overflow[];

function refusedBy(
  type: ServerQueueType,
  { classicTakesLeaderLocator, timeoutEnds }: BrokerProfile,
): readonly string[] {
  if (type === "quorum") return refusedByQuorum;
  const locator = classicTakesLeaderLocator ? [] : ["x-queue-leader-locator"];
  return [...refusedByClassic, ...locator, ...(timeoutEnds === "consumer" ? ofQuorumSince43 : [])];
}

/** A queue that goes with its node, and that any connection may use. @throws a connection error (RabbitMQ 4.3) */
export function refuseTransient({ durable, exclusive }: QueueProperties): void {
  if (durable || exclusive) return;
  throw deniedFeature("transient_nonexcl_queues");
}

/** RabbitMQ's words; what is longer than a short string is cut, as there. */
function deniedFeature(name: string): ReplyError {
  return connectionError(
    replyCode.internalError,
    `Feature \`${name}\` is deprecated.\nBy default, this feature is not permitted anymore.\nThe feature will be removed from a future major RabbitMQ version, regardless of the configuration; actual version to be determined.\nTo continue using this feature when it is not permitted by default, set the following parameter in your configuration:\n    "deprecated_features.permit.${name} = true"`,
  );
}

/** @throws a reply error that names the argument */
export function readQueueArguments(
  properties: QueueProperties,
  profile: BrokerProfile = profileOf(),
): ServerQueueArguments {
  const read = new ArgumentReader(properties);
  const type = read.type();
  read.refuse(refusedBy(type, profile), type);
  if (profile.deniesOldFeatures && properties.arguments.has("x-queue-master-locator")) {
    throw deniedFeature("queue_master_locator");
  }
  if (type === "quorum") read.refuseProperties();
  const messageTtlMs = read.integer("x-message-ttl", { most: longestMs, tooMany: "value_too_large" });
  const expiresMs = read.integer("x-expires", { least: 1, most: longestMs, tooMany: "value_too_large" });
  const maxLength = read.integer("x-max-length");
  const maxBytes = read.integer("x-max-length-bytes");
  const maxPriority = read.integer("x-max-priority", { most: 255, tooMany: "max_value_exceeded" }) ?? 0;
  const deadLetterExchange = read.deadLetterExchange();
  const deadLetterRoutingKey = read.text("x-dead-letter-routing-key");
  if (deadLetterRoutingKey !== undefined && deadLetterExchange === undefined) {
    throw read.invalid("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined");
  }
  // Deliveries carry it as a short string.
  if (deadLetterRoutingKey !== undefined && Buffer.byteLength(deadLetterRoutingKey) > 255) {
    throw read.invalid("x-dead-letter-routing-key", '"longer than 255 octets"');
  }
  const overflow = (read.oneOf("x-overflow", overflows, "invalid_overflow") ?? "drop-head") as Overflow;
  const strategy = read.oneOf("x-dead-letter-strategy", ["at-most-once", "at-least-once"], "invalid_dlx_strategy");
  read.queueMode(profile.deniesOldFeatures ? ["2"] : ["1", "2"]);
  read.leaderLocator();
  return {
    type,
    messageTtlMs,
    expiresMs,
    maxLength,
    maxBytes,
    overflow,
    deadLetterExchange,
    deadLetterRoutingKey,
    deadLetterAtLeastOnce: strategy === "at-least-once" && overflow === "reject-publish",
    maxPriority,
    singleActiveConsumer: read.flag("x-single-active-consumer"),
    deliveryLimit: type === "quorum" ? read.deliveryLimit(profile.deliveryLimit) : undefined,
    consumerTimeoutMs: profile.timeoutEnds === "consumer" ? read.integer("x-consumer-timeout") : undefined,
  };
}

interface Bounds {
  readonly least?: number;
  readonly most?: number;
  readonly tooMany?: string;
}

class ArgumentReader {
  readonly #properties: QueueProperties;

  constructor(properties: QueueProperties) {
    this.#properties = properties;
  }

  invalid(name: string, reason: string): ReplyError {
    return this.#failed(`invalid arg '${name}' for ${this.#queue}: ${reason}`);
  }

  type(): ServerQueueType {
    const type = this.text("x-queue-type") ?? "classic";
    if (type === "classic" || type === "quorum") return type;
    if (type === "stream") {
      throw connectionError(
        replyCode.notImplemented,
        `${this.#queue}: the embedded broker has no streams; use RabbitMQ for x-queue-type=stream`,
      );
    }
    throw this.invalid("x-queue-type", `"unsupported queue type '${type}'"`);
  }

  refuse(names: readonly string[], type: ServerQueueType): void {
    for (const name of names) {
      if (!this.#value(name)) continue;
      throw this.#failed(`invalid arg '${name}' for ${this.#queue} of queue type rabbit_${type}_queue`);
    }
  }

  refuseProperties(): void {
    const { durable, exclusive, autoDelete } = this.#properties;
    const wrong = (!durable && "non-durable") || (autoDelete && "auto-delete") || (exclusive && "exclusive-owner");
    if (wrong) throw this.#failed(`invalid property '${wrong}' for ${this.#queue}`);
  }

  integer(name: string, { least = 0, most = Number.MAX_SAFE_INTEGER, tooMany = "" }: Bounds = {}): number | undefined {
    const value = this.#value(name);
    if (!value) return undefined;
    const integer = fieldInteger(value);
    if (integer === undefined) throw this.invalid(name, `"expected integer, got ${typeName(value)}"`);
    if (integer < 0) throw this.invalid(name, `{value_negative,${integer}}`);
    if (integer < least) throw this.invalid(name, `{value_zero,${integer}}`);
    if (integer > most) throw this.invalid(name, `{${tooMany},${integer}}`);
    return Number(integer);
  }

  /** A negative value means no limit. */
  deliveryLimit(unset: number | undefined): number | undefined {
    const value = this.#value("x-delivery-limit");
    if (!value) return unset;
    const integer = fieldInteger(value);
    if (integer === undefined) throw this.invalid("x-delivery-limit", `"expected integer, got ${typeName(value)}"`);
    return integer < 0 ? undefined : Number(integer);
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    if (!value) return undefined;
    const text = fieldText(value);
    if (text === undefined) throw this.invalid(name, `{unacceptable_type,${typeName(value)}}`);
    return text;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (!value) return false;
    if (value.type !== "t") throw this.invalid(name, `{unacceptable_type,${typeName(value)}}`);
    return value.value;
  }

  oneOf(name: string, choices: readonly string[], problem: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || choices.includes(text)) return text;
    throw this.invalid(name, problem);
  }

  /** Another type is refused in other words, earlier in RabbitMQ. */
  deadLetterExchange(): string | undefined {
    const value = this.#value("x-dead-letter-exchange");
    if (!value || value.type === "S") return value && fieldText(value);
    throw this.#failed(`invalid type '${typeName(value)}' for arg 'x-dead-letter-exchange' in ${this.#queue}`);
  }

  /** Classic queues of RabbitMQ take it and have one mode only. */
  queueMode(versions: readonly string[]): void {
    const mode = this.text("x-queue-mode");
    if (mode !== undefined && mode !== "default" && mode !== "lazy") {
      throw this.invalid("x-queue-mode", `"unsupported queue mode '${mode}'"`);
    }
    const version = this.#value("x-queue-version");
    if (version && !versions.includes(valueText(version))) {
      throw this.invalid("x-queue-version", `"unsupported queue version '${valueText(version)}'"`);
    }
  }

  leaderLocator(): void {
    const locator = this.text("x-queue-leader-locator");
    if (locator !== undefined && !locators.includes(locator)) {
      throw this.invalid("x-queue-leader-locator", "invalid_queue_locator_arg");
    }
  }

  get #queue(): string {
    return `queue '${this.#properties.name}' in vhost '${this.#properties.virtualHost}'`;
  }

  #value(name: string): FieldValue | undefined {
    return this.#properties.arguments.get(name);
  }

  #failed(text: string): ReplyError {
    return channelError(replyCode.preconditionFailed, text);
  }
}
