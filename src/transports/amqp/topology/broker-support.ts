/** Features of a subscription that only a newer broker supports; reported at the start, when the broker's version is known. */
import type { BrokerIdentity } from "../../../amqp-client/connection-events.ts";
import { AmqpError } from "../../../amqp-client/errors.ts";
import type { Logger } from "../../../log/logger.ts";
import { embeddedBrokerProduct } from "../../../util/product-names.ts";
import type { ResolvedConsuming, ResolvedTopology } from "../options/options.ts";
import { delaysByItself } from "../options/queue-arguments.ts";
import type { QueuePlan } from "../options/queue-plan.ts";
import type { RunPlan } from "../options/run-plan.ts";
import { brokerWarning } from "./broker-warning.ts";

export interface BrokerCheckSettings {
  readonly broker: BrokerIdentity | undefined;
  readonly plans: readonly VersionedPlan[];
  readonly consuming: Pick<ResolvedConsuming, "consumerTimeoutSeconds" | "paths">;
  readonly topology: Pick<ResolvedTopology, "profile" | "strict">;
  readonly logger: Pick<Logger, "warn">;
}

/**
 * Warns of what is wrong with the broker's version, and of what it does not have.
 * @throws AmqpError ERR_AMQP_BROKER_VERSION with `strictTopology`
 */
export function checkBroker({ broker, plans, topology, consuming, logger }: BrokerCheckSettings): void {
  // Only queues with their own dead-letter exchange are in danger; Python's have none.
  const warning = topology.profile === "reliable" ? brokerWarning(broker) : undefined;
  if (warning !== undefined && plans.length > 0) logger.warn(warning);
  const missing = plans.flatMap((plan) => [
    ...missingOnBroker(plan.queue, broker),
    ...missingTimeout(plan, consuming, broker),
  ]);
  if (missing.length > 0 && topology.strict) {
    const text = `The broker does not support what the service needs, and strictTopology is set. ${missing.join(" ")}`;
    throw new AmqpError("ERR_AMQP_BROKER_VERSION", text);
  }
  for (const text of missing) logger.warn(text);
}

/**
 * Milliseconds for which a delivery may be held: half of what the broker allows this consumer.
 */
export function holdMsOf(
  { consumerTimeoutSeconds: own }: Pick<RunPlan, "consumerTimeoutSeconds">,
  { consumerTimeoutSeconds: ofBroker }: Pick<ResolvedConsuming, "consumerTimeoutSeconds">,
  broker: BrokerIdentity | undefined,
): number {
  const asked = own ?? ofBroker;
  return ((hasConsumerTimeouts(broker) ? asked : Math.min(asked, ofBroker)) * 1000) / 2;
}

/** What of a plan depends on the broker's version. */
interface VersionedPlan {
  readonly queue: VersionedQueue;
  readonly runs: Pick<RunPlan, "consumerTimeoutSeconds" | "timeoutSeconds">;
}

/** What of a queue depends on the broker's version. */
type VersionedQueue = Pick<QueuePlan, "queueName" | "queueType" | "maxPriority" | "queueArguments">;

/** One sentence for each thing that the broker does not have. Of other brokers than RabbitMQ nothing is known. */
function missingOnBroker(plan: VersionedQueue, broker: BrokerIdentity | undefined): string[] {
  const { queueName, queueType, maxPriority, queueArguments } = plan;
  if (queueType !== "quorum" || !isRabbitMqBefore(broker, 4, 3)) return [];
  const version = `RabbitMQ ${broker?.version}`;
  const missing: string[] = [];
  if (maxPriority > 0) {
    const has = isRabbitMqBefore(broker, 4, 0)
      ? "ignores the priorities of messages in a quorum queue"
      : "has only two priorities in a quorum queue: messages with 5 or more come first, about two for each message with a lower priority";
    missing.push(
      `The queue "${queueName}" asks for maxPriority, but ${version} ${has}. RabbitMQ 4.3 has 32 priorities there. Upgrade, or give the subscription queueType: "classic" and a new queueName.`,
    );
  }
  if (delaysByItself(queueArguments)) {
    missing.push(
      `The queue "${queueName}" has x-delayed-retry-type, which ${version} does not support: a message that returns to the queue is delivered again at once. Upgrade to RabbitMQ 4.3, or use the option retry.`,
    );
  }
  return missing;
}

function missingTimeout(
  { queue: { queueName }, runs: { consumerTimeoutSeconds: own, timeoutSeconds } }: VersionedPlan,
  { consumerTimeoutSeconds: ofBroker, paths }: BrokerCheckSettings["consuming"],
  broker: BrokerIdentity | undefined,
): string[] {
  if (own === undefined || hasConsumerTimeouts(broker)) return [];
  const { product = "The broker", version = "" } = broker ?? {};
  const name = `${product} ${version}`.trim();
  const limit = `the limit of the broker applies to the queue "${queueName}" (consumerTimeoutSeconds, ${ofBroker} s)`;
  const text = `${name} has no timeout per consumer, which consumerTimeout needs, so ${limit}. RabbitMQ has it since 4.3; before that, raise consumer_timeout and ${paths.consumerTimeoutSeconds}.`;
  if (timeoutSeconds === undefined || timeoutSeconds <= ofBroker / 2) return [text];
  throw new AmqpError(
    "ERR_AMQP_BROKER_VERSION",
    `${text} The handler may run for ${timeoutSeconds} s (timeoutSeconds), which is more than half of that: the broker would requeue its messages.`,
  );
}

function hasConsumerTimeouts(broker: BrokerIdentity | undefined): boolean {
  return isRabbitMq(broker) && !isRabbitMqBefore(broker, 4, 3);
}

function isRabbitMq(broker: BrokerIdentity | undefined): broker is BrokerIdentity {
  return broker?.product === "RabbitMQ" || broker?.product === embeddedBrokerProduct;
}

/** Whether it is a RabbitMQ, or an embedded broker that follows one, of an earlier version. */
function isRabbitMqBefore(broker: BrokerIdentity | undefined, major: number, minor: number): boolean {
  if (!isRabbitMq(broker)) return false;
  const [ownMajor = Number.NaN, ownMinor = 0] = broker.version.split(".").map((part) => Number.parseInt(part, 10));
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
