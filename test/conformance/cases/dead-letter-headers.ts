// The history of a dead letter: x-death and related headers, and what it keeps of the message.

import type { ConfirmChannel, ConsumeMessage, Options, XDeath } from "amqplib";
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { consume, declareQueue, get, open, publish, send, text } from "../case-tools.ts";
import type { CaseContext, ConformanceArea } from "../conformance-case.ts";

/** Publishes, rejects, and resolves with the dead letter. */
async function rejected(
  context: CaseContext,
  channel: ConfirmChannel,
  options: Options.Publish & { readonly deadLetterRoutingKey?: string } = {},
): Promise<{ queue: string; letter: ConsumeMessage }> {
  const exchange = context.uniqueName("dlx");
  await channel.assertExchange(exchange, "fanout", { durable: false });
  const dead = await declareQueue(context, channel);
  await channel.bindQueue(dead, exchange, "");
  const { deadLetterRoutingKey, ...publishOptions } = options;
  const queue = await declareQueue(context, channel, {
    deadLetterExchange: exchange,
    ...(deadLetterRoutingKey === undefined ? {} : { deadLetterRoutingKey }),
  });
  await channel.bindQueue(queue, "amq.direct", "key");
  await publish(channel, "amq.direct", "key", "content", publishOptions);
  channel.reject(await get(channel, queue), false);
  const inbox = await consume(channel, dead, { noAck: true });
  return { queue, letter: await inbox.next() };
}

function deathsOf(message: ConsumeMessage): readonly XDeath[] {
  return message.properties.headers?.["x-death"] ?? [];
}

export const deadLetterHeaders: ConformanceArea = {
  name: "dead-letter-headers",
  cases: [
    {
      title: "writes into x-death where, why, how often and when a message was rejected, and how it had been published",
      async run(context) {
        const { channel } = await open(context);
        const before = Math.floor(Date.now() / 1000);
        const { queue, letter } = await rejected(context, channel);
        const [death, ...more] = deathsOf(letter);
        expect(more).toEqual([]);
        expect(death).toEqual({
          count: 1,
          reason: "rejected",
          queue,
          time: { "!": "timestamp", value: expect.any(Number) },
          exchange: "amq.direct",
          "routing-keys": ["key"],
        });
        expect(death?.time.value).toBeGreaterThanOrEqual(before - 1);
        expect(death?.time.value).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 1);
        expect(letter.properties.headers).toMatchObject({
          "x-first-death-exchange": "amq.direct",
          "x-first-death-queue": queue,
          "x-first-death-reason": "rejected",
        });
      },
    },
    {
      title: "writes the x-last-death headers from 3.13 on",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letter } = await rejected(context, channel);
        const { headers } = letter.properties;
        const last = ["exchange", "queue", "reason"].map((what) => headers?.[`x-last-death-${what}`]);
        expect(last).toEqual(
          isAtLeast(context.broker, 3, 13) ? ["amq.direct", queue, "rejected"] : [undefined, undefined, undefined],
        );
      },
    },
    {
      title: "counts deaths with the same reason and queue in one x-death entry, and puts the latest entry first",
      async run(context) {
        const { channel } = await open(context);
        const ring = [context.uniqueName("one"), context.uniqueName("two"), context.uniqueName("three")] as const;
        for (const [index, queue] of ring.entries()) {
          await channel.assertQueue(queue, {
            deadLetterExchange: "",
            deadLetterRoutingKey: ring[(index + 1) % 3] ?? "",
          });
        }
        await send(channel, ring[0], "a");
        const told: unknown[] = [];
        // RabbitMQ 3 turns the order of the earlier deaths around each time.
        const ordered = (earlier: string[]) => (isAtLeast(context.broker, 4) ? earlier : earlier.sort());
        for (const queue of [...ring, ...ring]) {
          const inbox = await consume(channel, queue);
          const message = await inbox.next();
          const [latest, ...earlier] = deathsOf(message).map((death) => `${death.queue.split("-")[0]} ${death.count}`);
          told.push([latest, ordered(earlier)]);
          if (latest) expect(message.properties.headers).toMatchObject({ "x-first-death-queue": ring[0] });
          await channel.cancel(inbox.consumerTag);
          channel.reject(message, false);
        }
        expect(told).toEqual([
          [undefined, []],
          ["one 1", []],
          ["two 1", ["one 1"]],
          ["three 1", ordered(["two 1", "one 1"])],
          ["one 2", ordered(["three 1", "two 1"])],
          ["two 2", ordered(["one 2", "three 1"])],
        ]);
      },
    },
    {
      title: "writes a separate x-death entry for another reason in the same queue",
      async run(context) {
        const { channel } = await open(context);
        const dead = context.uniqueName("dead");
        const queue = await declareQueue(context, channel, { deadLetterExchange: "", deadLetterRoutingKey: dead });
        await channel.assertQueue(dead, { deadLetterExchange: "", deadLetterRoutingKey: queue });
        const letters = await consume(channel, dead);
        await send(channel, queue, "a", { expiration: 20 });
        channel.reject(await letters.next(), false);
        channel.reject(await (await consume(channel, queue)).next(), false);
        const [latest, ...earlier] = deathsOf(await letters.next());
        expect(latest).toMatchObject({ queue, reason: "rejected", count: 1 });
        expect(earlier).toHaveLength(2);
        expect(earlier).toContainEqual(expect.objectContaining({ queue, reason: "expired", count: 1 }));
        expect(earlier).toContainEqual(expect.objectContaining({ queue: dead, reason: "rejected", count: 1 }));
      },
    },
    {
      title: "removes the expiration of a dead letter, and writes it into x-death",
      async run(context) {
        const { channel } = await open(context);
        const { letter } = await rejected(context, channel, { expiration: 60_000 });
        expect(letter.properties.expiration).toBeUndefined();
        expect(deathsOf(letter)).toMatchObject([{ "original-expiration": "60000" }]);
      },
    },
    {
      title: "keeps the content, and all other properties and headers",
      async run(context) {
        const { channel } = await open(context);
        const properties = {
          contentType: "text/plain",
          contentEncoding: "utf-8",
          deliveryMode: 2,
          priority: 3,
          correlationId: "correlation",
          replyTo: "reply",
          messageId: "id",
          timestamp: 1_700_000_000,
          type: "type",
          appId: "app",
        };
        const { letter } = await rejected(context, channel, {
          ...properties,
          headers: { mine: { deep: [1, true, "x"] } },
        });
        expect(text(letter)).toBe("content");
        expect(letter.properties).toMatchObject(properties);
        expect(letter.properties.headers).toMatchObject({ mine: { deep: [1, true, "x"] } });
      },
    },
    {
      title: "keeps a transient message transient; before 4.3 does not mark its delivery as redelivered",
      async run(context) {
        const { channel } = await open(context);
        const { letter } = await rejected(context, channel, { deliveryMode: 1 });
        expect(letter.properties.deliveryMode).toBe(1);
        expect(letter.fields).toMatchObject({ routingKey: "key" });
        // RabbitMQ 4.3 marks a dead letter that a consumer had, though no consumer had it from this queue.
        if (!isAtLeast(context.broker, 4, 3)) expect(letter.fields.redelivered).toBe(false);
      },
    },
    {
      title: "writes the CC keys of the message into x-death, but not the BCC keys",
      async run(context) {
        const { channel } = await open(context);
        const { letter } = await rejected(context, channel, { CC: ["copy", "other"], BCC: ["hidden"] });
        expect(deathsOf(letter)).toMatchObject([{ "routing-keys": ["key", "copy", "other"] }]);
        expect(letter.properties.headers).toMatchObject({ CC: ["copy", "other"] });
        expect(letter.properties.headers).not.toHaveProperty("BCC");
      },
    },
    {
      title:
        "writes into x-death the exchange and keys with which the message came to the queue, not those of the first publish",
      async run(context) {
        const { channel } = await open(context);
        const last = await declareQueue(context, channel);
        const middle = await declareQueue(context, channel, { deadLetterExchange: "", deadLetterRoutingKey: last });
        const queue = await declareQueue(context, channel, {
          deadLetterExchange: "amq.direct",
          deadLetterRoutingKey: "second key",
        });
        await channel.bindQueue(middle, "amq.direct", "second key");
        const waiting = await consume(channel, middle);
        await send(channel, queue, "a");
        channel.reject(await get(channel, queue), false);
        channel.reject(await waiting.next(), false);
        const letters = await consume(channel, last);
        expect(deathsOf(await letters.next())).toMatchObject([
          { queue: middle, exchange: "amq.direct", "routing-keys": ["second key"] },
          { queue, exchange: "", "routing-keys": [queue] },
        ]);
      },
    },
    {
      title: "continues the count of an x-death header from a client before 4.0, and ignores it from 4.0 on",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, { deadLetterExchange: "", deadLetterRoutingKey: dead });
        const letters = await consume(channel, dead);
        await send(channel, queue, "a");
        channel.reject(await get(channel, queue), false);
        const { headers } = (await letters.next()).properties;
        await send(channel, queue, "b", { headers });
        channel.reject(await get(channel, queue), false);
        const count = isAtLeast(context.broker, 4) ? 1 : 2;
        expect(deathsOf(await letters.next())).toMatchObject([{ queue, reason: "rejected", count }]);
      },
    },
    {
      title: "replaces an invalid x-death header",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letter } = await rejected(context, channel, { headers: { "x-death": "mine" } });
        expect(deathsOf(letter)).toMatchObject([{ queue, reason: "rejected", count: 1 }]);
      },
    },
  ],
};
