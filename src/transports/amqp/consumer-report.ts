/** How a consumer is, and what of its queue is not done yet. */
import type { AmqpConnection } from "../../amqp-client/connection.ts";
import type { Consumer } from "../../amqp-client/consumer.ts";
import { inspectQueue } from "../../amqp-client/topology.ts";
import type { ConsumerHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import { type PauseReason, pauseTexts } from "./flow.ts";

/** From channel and deliveries; a pause that this process has asked for comes first. */
export function consumerHealth(
  { state, since, lastDeliveryAt, unsettled, trouble }: Consumer,
  of: {
    readonly handler: string;
    readonly queue: string;
    readonly connected: boolean;
    readonly paused: PauseReason | undefined;
  },
): ConsumerHealth {
  const { handler, queue, connected, paused } = of;
  const reason = paused ? pauseTexts[paused] : trouble;
  return {
    handler,
    queue,
    connected,
    state,
    since: new Date(since),
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
