// Queues of limited length: what is dropped, what is refused, and what counts.
import { expect } from "vitest";
import { consume, counts, declareQueue, drain, get, open, publishOutcome, send, sendAll, text } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const limits: ConformanceArea = {
  name: "limits",
  cases: [
    {
      title: "drops the oldest message when the queue is full",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 2 });
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        expect(await drain(channel, queue)).toEqual(["c", "d"]);
      },
    },
    {
      title: "drops the oldest messages until the bodies fit into the byte limit; headers do not count",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: { "x-max-length-bytes": 10 } });
        await sendAll(channel, queue, ["aaaa", "bbbb"], { headers: { long: "x".repeat(100) } });
        expect((await counts(channel, queue)).messages).toBe(2);
        await send(channel, queue, "cc");
        expect((await counts(channel, queue)).messages).toBe(3);
        await send(channel, queue, "ddddd");
        expect(await drain(channel, queue)).toEqual(["cc", "ddddd"]);
      },
    },
    {
      title: "drops a message above the byte limit of the queue, and all messages before it",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: { "x-max-length-bytes": 10 } });
        await send(channel, queue, "aaaa");
        expect(await publishOutcome(channel, "", queue, "b".repeat(11))).toBe("ack");
        expect(await drain(channel, queue)).toEqual([]);
      },
    },
    {
      title: "applies both limits if both are set",
      async run(context) {
        const { channel } = await open(context);
        const both = { maxLength: 3, arguments: { "x-max-length-bytes": 6 } };
        const queue = await declareQueue(context, channel, both);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        expect((await counts(channel, queue)).messages).toBe(3);
        await send(channel, queue, "eeeee");
        expect(await drain(channel, queue)).toEqual(["d", "eeeee"]);
      },
    },
    {
      title: "does not count unacknowledged messages",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 2 });
        await sendAll(channel, queue, ["a", "b"]);
        await get(channel, queue);
        await sendAll(channel, queue, ["c"]);
        expect(await drain(channel, queue)).toEqual(["b", "c"]);
      },
    },
    {
      title: "drops the message at the head when a message is requeued into a full queue",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 2 });
        await sendAll(channel, queue, ["a", "b"]);
        const held = await get(channel, queue);
        await send(channel, queue, "c");
        channel.nack(held);
        expect(await drain(channel, queue)).toEqual(["b", "c"]);
      },
    },
    {
      title: "holds no message with a maximum length of 0, but delivers to a waiting consumer",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 0 });
        await send(channel, queue, "lost");
        expect(await drain(channel, queue)).toEqual([]);
        const inbox = await consume(channel, queue);
        await send(channel, queue, "delivered");
        expect(await inbox.takeTexts(1)).toEqual(["delivered"]);
      },
    },
    {
      title: "nacks a message that does not fit with reject-publish, and keeps the messages in the queue",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 2, overflow: "reject-publish" });
        const outcomes = [];
        for (const content of ["a", "b", "c"]) outcomes.push(await publishOutcome(channel, "", queue, content));
        expect(outcomes).toEqual(["ack", "ack", "nack"]);
        expect(await drain(channel, queue)).toEqual(["a", "b"]);
        expect(await publishOutcome(channel, "", queue, "d")).toBe("ack");
      },
    },
    {
      title: "nacks a message above the byte limit with reject-publish, and accepts one that still fits",
      async run(context) {
        const { channel } = await open(context);
        const limited = { overflow: "reject-publish", arguments: { "x-max-length-bytes": 10 } };
        const queue = await declareQueue(context, channel, limited);
        const outcomes = [];
        for (const content of ["aaaa", "bbbb", "cccc", "d"]) {
          outcomes.push(await publishOutcome(channel, "", queue, content));
        }
        expect(outcomes).toEqual(["ack", "ack", "nack", "ack"]);
        expect(await drain(channel, queue)).toEqual(["aaaa", "bbbb", "d"]);
        expect(await publishOutcome(channel, "", queue, "x".repeat(11))).toBe("nack");
      },
    },
    {
      title: "silently drops a message that was published without confirms and does not fit with reject-publish",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 1, overflow: "reject-publish" });
        const plain = await client.channel();
        for (const content of ["a", "b", "c"]) plain.publish("", queue, Buffer.from(content));
        expect(await drain(plain, queue)).toEqual(["a"]);
        expect(client.errors).toEqual([]);
      },
    },
    {
      title: "nacks a message that one of its queues refuses, and keeps it in the other queues",
      async run(context) {
        const { channel } = await open(context);
        const exchange = context.uniqueName("exchange");
        await channel.assertExchange(exchange, "fanout", { durable: false });
        const full = await declareQueue(context, channel, { maxLength: 0, overflow: "reject-publish" });
        const free = await declareQueue(context, channel);
        await channel.bindQueue(full, exchange, "");
        await channel.bindQueue(free, exchange, "");
        expect(await publishOutcome(channel, exchange, "", "a")).toBe("nack");
        expect(await drain(channel, free)).toEqual(["a"]);
      },
    },
    {
      title: "dead-letters messages that it drops from the head, with the reason maxlen",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, {
          maxLength: 1,
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
        });
        const letters = await consume(channel, dead);
        await sendAll(channel, queue, ["a", "b", "c"]);
        const dropped = await letters.take(2);
        expect(dropped.map(text)).toEqual(["a", "b"]);
        for (const { properties } of dropped) {
          expect(properties.headers?.["x-death"]).toMatchObject([{ reason: "maxlen", queue, exchange: "", count: 1 }]);
        }
        expect(await drain(channel, queue)).toEqual(["c"]);
      },
    },
    {
      title: "nacks and dead-letters a message that does not fit with reject-publish-dlx",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, {
          maxLength: 1,
          overflow: "reject-publish-dlx",
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
        });
        const letters = await consume(channel, dead);
        await send(channel, queue, "a");
        expect(await publishOutcome(channel, "", queue, "b")).toBe("nack");
        const letter = await letters.next();
        expect(text(letter)).toBe("b");
        expect(letter.properties.headers?.["x-death"]).toMatchObject([{ reason: "maxlen", queue, count: 1 }]);
        expect(await drain(channel, queue)).toEqual(["a"]);
      },
    },
    {
      title: "does not dead-letter a message that it refuses with reject-publish",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, {
          maxLength: 0,
          overflow: "reject-publish",
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
        });
        const letters = await consume(channel, dead);
        expect(await publishOutcome(channel, "", queue, "a")).toBe("nack");
        await send(channel, dead, "marker");
        expect(await letters.takeTexts(1)).toEqual(["marker"]);
      },
    },
    {
      title: "counts only ready messages with reject-publish, and accepts requeued messages above the limit",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 1, overflow: "reject-publish" });
        await send(channel, queue, "a");
        const held = await get(channel, queue);
        expect(await publishOutcome(channel, "", queue, "b")).toBe("ack");
        channel.nack(held);
        expect(await drain(channel, queue)).toEqual(["a", "b"]);
      },
    },
  ],
};
