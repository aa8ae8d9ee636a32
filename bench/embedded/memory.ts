// What a queued message costs beside its body, and what bindings cost a publish.
import { type ConfirmChannel, connect } from "amqplib";
import { median } from "../measure.ts";
import type { ServedBroker } from "./served-broker.ts";

const inFlightMost = 2000;

/** Bytes of resident memory for each of this many queued messages, less their bodies. */
export async function bytesPerMessage(broker: ServedBroker, count: number, bodyBytes: number): Promise<number> {
  const connection = await connect(broker.url);
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await publish(channel, "", () => queue, 1000, bodyBytes);
  const before = await broker.use();
  await publish(channel, "", () => queue, count, bodyBytes);
  const after = await broker.use();
  await connection.close();
  return (after.rss - before.rss) / count - bodyBytes;
}

/** Publishes per second through a topic exchange with this many bindings, each with another pattern. */
export async function topicPerSecond(broker: ServedBroker, bindings: number, rounds: number): Promise<number> {
  const connection = await connect(broker.url);
  const channel = await connection.createConfirmChannel();
  const exchange = `bench-${bindings}`;
  await channel.assertExchange(exchange, "topic", { autoDelete: true });
  const { queue } = await channel.assertQueue("", { exclusive: true, arguments: { "x-max-length": 1 } });
  for (let at = 0; at < bindings; at++) await channel.bindQueue(queue, exchange, `order.${at}.*`);
  const key = (at: number): string => `order.${at % bindings}.paid`;
  await publish(channel, exchange, key, 20_000, 16);
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await broker.use();
    await publish(channel, exchange, key, 20_000, 16);
    const after = await broker.use();
    speeds.push(20_000e6 / (after.cpuMicros - before.cpuMicros));
  }
  await connection.close();
  return median(speeds);
}

/** CPU milliseconds in this many seconds with one idle connection. */
export async function idleCpuMs(broker: ServedBroker, seconds: number): Promise<number> {
  const connection = await connect(broker.url);
  await broker.use();
  const before = await broker.use();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await broker.use();
  await connection.close();
  return (after.cpuMicros - before.cpuMicros) / 1000;
}

function publish(
  channel: ConfirmChannel,
  exchange: string,
  key: (at: number) => string,
  total: number,
  bytes: number,
): Promise<void> {
  const body = Buffer.alloc(bytes, 120);
  return new Promise((resolve, reject) => {
    let sent = 0;
    let confirmed = 0;
    const fill = (): void => {
      while (sent < total && sent - confirmed < inFlightMost) {
        channel.publish(exchange, key(sent++), body, {}, (error: Error | null) => {
          if (error) reject(error);
          else if (++confirmed === total) resolve();
          else if (sent - confirmed < inFlightMost / 2) fill();
        });
      }
    };
    fill();
  });
}
