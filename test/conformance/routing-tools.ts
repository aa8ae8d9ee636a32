// What cases on routing share: exchanges, bound queues, and which of them a message reached.
import type { Channel, ConfirmChannel, Options } from "amqplib";
import { declareQueue, drain, publish } from "./case-tools.ts";
import type { CaseContext } from "./conformance-case.ts";

export type ExchangeType = "direct" | "fanout" | "topic" | "headers";
export type Arguments = Readonly<Record<string, unknown>>;

/** Declares an exchange under its own name, which it resolves with. */
export async function declareExchange(
  context: CaseContext,
  channel: Channel,
  type: ExchangeType,
  options: Options.AssertExchange = {},
): Promise<string> {
  const { exchange } = await channel.assertExchange(context.uniqueName("exchange"), type, options);
  return exchange;
}

/** Declares a queue and binds it with each of the keys; resolves with its name. */
export async function boundQueue(
  context: CaseContext,
  channel: Channel,
  exchange: string,
  keys: string | readonly string[],
  args: Arguments = {},
): Promise<string> {
  const queue = await declareQueue(context, channel);
  for (const key of [keys].flat()) await channel.bindQueue(queue, exchange, key, args);
  return queue;
}

/** Publishes one message to each key, which is its content as well, and resolves once all are confirmed. */
export async function publishKeys(
  channel: ConfirmChannel,
  exchange: string,
  keys: readonly string[],
  options: Options.Publish = {},
): Promise<void> {
  await Promise.all(keys.map((key) => publish(channel, exchange, key, key, options)));
}

/** What is in each of the queues, taken out. */
export async function drainAll(channel: Channel, queues: readonly string[]): Promise<string[][]> {
  const contents: string[][] = [];
  for (const queue of queues) contents.push(await drain(channel, queue));
  return contents;
}
