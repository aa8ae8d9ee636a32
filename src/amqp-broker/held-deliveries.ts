/** The deliveries of a channel: sent to its consumers, and requeued. */
import type { Content } from "../amqp-wire/content.ts";
import { decodeProperties } from "../amqp-wire/properties.ts";
import { contentOf } from "./content-of.ts";
import type { QueuedMessage } from "./message.ts";
import type { BrokerProfile } from "./profile.ts";
import type { Queue } from "./queue.ts";

interface Held {
  readonly queue: Queue;
  readonly entry: QueuedMessage;
}

/** Quorum queues report how often a message came back, and how often its delivery failed. */
export function contentFor(
  { message, acquiredCount, deliveryCount }: QueuedMessage,
  { countsReturnsApart }: Pick<BrokerProfile, "countsReturnsApart">,
): Content {
  if (acquiredCount === 0) return message.content;
  const properties = decodeProperties(message.content.properties);
  const headers = new Map(properties.headers ?? []);
  if (countsReturnsApart) headers.set("x-acquired-count", { type: "l", value: acquiredCount });
  if (deliveryCount > 0) headers.set("x-delivery-count", { type: "l", value: deliveryCount });
  return contentOf({ ...properties, headers }, message.content.body);
}

/** Each queue gets its own back together. `failed` as in `Queue.putBack`. */
export function putBack(deliveries: readonly Held[], failed: boolean): void {
  const byQueue = new Map<Queue, QueuedMessage[]>();
  for (const { queue, entry } of deliveries) {
    const entries = byQueue.get(queue);
    if (entries) entries.push(entry);
    else byQueue.set(queue, [entry]);
  }
  for (const [queue, entries] of byQueue) queue.putBack(entries, failed);
}

/** Credit came free, or messages came back. */
export function deliverAgain(deliveries: readonly Held[]): void {
  let last: Queue | undefined;
  for (const { queue } of deliveries) {
    if (queue !== last) queue.deliver();
    last = queue;
  }
}
