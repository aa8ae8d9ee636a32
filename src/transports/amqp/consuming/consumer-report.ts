/** How a consumer is, and what of its queue is not done yet. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { Consumer } from "../../../amqp-client/consumer.ts";
import { inspectQueue } from "../../../amqp-client/topology.ts";
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import type { Held } from "./consumer-control.ts";

export interface ConsumerHealthParts {
  /** The name of the handler. */
  readonly handler: string;
  readonly queue: string;
  /** Whether the consuming connection is open. */
  readonly connected: boolean;
  readonly consumer: Pick<Consumer, "state" | "since" | "trouble" | "lastDeliveryAt" | "unsettled">;
  /** Why no message starts; undefined while they start. */
  readonly held: Held | undefined;
}

/**
 * From channel and deliveries; a pause of this process comes first. A requested pause is not a fault: a rollout, or a probe
 * that restarts the process, must not end it.
 */
export function consumerHealth({ handler, queue, connected, consumer, held }: ConsumerHealthParts): ConsumerHealth {
  const { state, since, lastDeliveryAt, unsettled } = consumer;
  const reason = held ? held.text : consumer.trouble;
  // With `orderingKey` a paused consumer stays subscribed, but starts nothing.
  const isHeld = held !== undefined && state === "consuming";
  const asked = held?.reason === "asked" && (isHeld || state === "paused");
  return {
    handler,
    queue,
    connected,
    state: isHeld ? "paused" : state,
    since: new Date(isHeld ? held.since : since),
    lastDeliveryAt: lastDeliveryAt === undefined ? undefined : new Date(lastDeliveryAt),
    unacknowledged: unsettled,
    healthy: asked || reason === undefined,
    reason,
    paused: held && held.reason !== "turning" ? { since: new Date(held.since), reason: held.text } : undefined,
  };
}

/** Where the messages of a queue are. */
type Queued = Pick<OpenWork, "queued" | "parked" | "interrupted">;

/**
 * Asks the broker how many messages are in the queue, and waits for what was on its way here then. While the handler
 * is paused on request, they are parked.
 */
export async function queuedWork(
  consumer: Consumer,
  connection: AmqpConnection,
  queue: string,
  asked: boolean,
): Promise<Queued> {
  const consumes = consumer.state === "consuming";
  let queued = 0;
  try {
    queued = (await inspectQueue(connection, queue))?.messageCount ?? 0;
    // A message that was not in the queue any more may still have been on its way here.
    if (consumes) await consumer.roundTrip();
  } catch {
    return { queued, interrupted: true };
  }
  if (asked && (consumes || consumer.state === "paused")) return { queued: 0, parked: queued, interrupted: false };
  return { queued, interrupted: !consumes };
}
