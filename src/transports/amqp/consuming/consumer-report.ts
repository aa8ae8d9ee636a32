/** How a consumer is, and what of its queue is not done yet. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { Consumer } from "../../../amqp-client/consumer.ts";
import { inspectQueue } from "../../../amqp-client/topology.ts";
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import { type Held, pauseTexts } from "./consumer-control.ts";

export interface ConsumerHealthParts {
  /** The name of the handler. */
  readonly handler: string;
  readonly queue: string;
  /** Whether the consuming connection stands. */
  readonly connected: boolean;
  readonly consumer: Pick<Consumer, "state" | "since" | "trouble" | "lastDeliveryAt" | "unsettled">;
  /** Why no message begins; undefined while they begin. */
  readonly held: Held | undefined;
}

/** From channel and deliveries; a pause that this process has asked for comes first. */
export function consumerHealth({ handler, queue, connected, consumer, held }: ConsumerHealthParts): ConsumerHealth {
  const { state, since, lastDeliveryAt, unsettled } = consumer;
  const reason = held ? pauseTexts[held.reason] : consumer.trouble;
  // With `orderingKey` a paused consumer stays with the broker, and begins nothing all the same.
  const isHeld = held !== undefined && state === "consuming";
  return {
    handler,
    queue,
    connected,
    state: isHeld ? "paused" : state,
    since: new Date(isHeld ? held.since : since),
    lastDeliveryAt: lastDeliveryAt === undefined ? undefined : new Date(lastDeliveryAt),
    unacknowledged: unsettled,
    healthy: reason === undefined,
    reason,
  };
}

/** Asks the broker how much stands in the queue, and waits for what was on its way here then. */
export async function queuedWork(
  consumer: Consumer,
  connection: AmqpConnection,
  queue: string,
): Promise<Pick<OpenWork, "queued" | "interrupted">> {
  let [queued, interrupted] = [0, consumer.state !== "consuming"];
  try {
    queued = (await inspectQueue(connection, queue))?.messageCount ?? 0;
    // What was no longer in the queue then, may still have been on its way here.
    if (!interrupted) await consumer.roundTrip();
  } catch {
    interrupted = true;
  }
  return { queued, interrupted };
}
