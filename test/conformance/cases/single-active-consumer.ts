// Queues with x-single-active-consumer: which consumer is served, and which takes over.
import { expect } from "vitest";
import {
  channelError,
  consume,
  counts,
  declareQueue,
  drain,
  open,
  refusal,
  send,
  sendAll,
  text,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

const single = { arguments: { "x-single-active-consumer": true } };

export const singleActiveConsumer: ConformanceArea = {
  name: "single-active-consumer",
  cases: [
    {
      title: "delivers only to the first consumer, and counts all",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const first = await consume(await client.channel(), queue, { noAck: true });
        const second = await consume(await client.channel(), queue, { noAck: true });
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        expect(await first.takeTexts(4)).toEqual(["a", "b", "c", "d"]);
        expect(second.waiting).toBe(0);
        expect(await counts(channel, queue)).toEqual({ messages: 0, consumers: 2 });
      },
    },
    {
      title: "keeps messages in the queue while the active consumer is busy",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const active = await client.channel();
        await active.prefetch(1);
        const first = await consume(active, queue);
        const second = await consume(await client.channel(), queue);
        await sendAll(channel, queue, ["a", "b"]);
        const message = await first.next();
        expect((await counts(channel, queue)).messages).toBe(1);
        expect(second.waiting).toBe(0);
        active.ack(message);
        expect(await first.takeTexts(1)).toEqual(["b"]);
      },
    },
    {
      title: "activates the next consumer when the active one is cancelled, in the order in which they came",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const consuming = await client.channel();
        const inboxes = [
          await consume(consuming, queue, { noAck: true }),
          await consume(consuming, queue, { noAck: true }),
          await consume(consuming, queue, { noAck: true }),
        ];
        const seen: string[][] = [];
        for (const inbox of inboxes) {
          await sendAll(channel, queue, ["a", "b"]);
          seen.push(await inbox.takeTexts(2));
          await consuming.cancel(inbox.consumerTag);
        }
        expect(seen).toEqual(inboxes.map(() => ["a", "b"]));
        await send(channel, queue, "left");
        expect(await drain(channel, queue)).toEqual(["left"]);
      },
    },
    {
      title:
        "leaves unacknowledged messages with the channel of a cancelled consumer, and delivers requeued ones to the next",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const active = await client.channel();
        const first = await consume(active, queue);
        const second = await consume(await client.channel(), queue, { noAck: true });
        await send(channel, queue, "a");
        const held = await first.next();
        await active.cancel(first.consumerTag);
        await sendAll(channel, queue, ["b", "c"]);
        expect(await second.takeTexts(2)).toEqual(["b", "c"]);
        active.nack(held);
        const again = await second.next();
        expect([text(again), again.fields.redelivered]).toEqual(["a", true]);
      },
    },
    {
      title: "delivers the unacknowledged messages of the active consumer's closed channel first to the next consumer",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const active = await client.channel();
        await active.prefetch(2);
        const first = await consume(active, queue);
        const second = await consume(await client.channel(), queue, { noAck: true });
        await sendAll(channel, queue, ["a", "b", "c"]);
        await first.take(2);
        await active.close();
        expect(await second.takeTexts(3)).toEqual(["a", "b", "c"]);
      },
    },
    {
      title: "activates the next consumer when the connection of the active one closes",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const leaving = await context.connect();
        await consume(await leaving.channel(), queue);
        const staying = await consume(channel, queue, { noAck: true });
        await leaving.close();
        await send(channel, queue, "a");
        expect(await staying.takeTexts(1)).toEqual(["a"]);
      },
    },
    {
      title: "keeps the active consumer when a waiting one ends",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const first = await consume(await client.channel(), queue, { noAck: true });
        const leaving = await client.channel();
        await consume(leaving, queue);
        await leaving.close();
        await send(channel, queue, "a");
        expect(await first.takeTexts(1)).toEqual(["a"]);
        expect((await counts(channel, queue)).consumers).toBe(1);
      },
    },
    {
      title: "refuses exclusive consumers",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        for (const others of [0, 1]) {
          if (others > 0) await consume(channel, queue);
          const wanting = await client.channel();
          expect(await refusal(client, () => wanting.consume(queue, () => {}, { exclusive: true }))).toEqual(
            channelError(
              403,
              `ACCESS_REFUSED - queue '${queue}' in vhost '${virtualHostOf(context)}' in exclusive use`,
            ),
          );
        }
      },
    },
    {
      title: "allows basic.get beside the active consumer",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, single);
        const active = await client.channel();
        await active.prefetch(1);
        const first = await consume(active, queue);
        await sendAll(channel, queue, ["a", "b"]);
        await first.next();
        expect(await drain(channel, queue)).toEqual(["b"]);
      },
    },
  ],
};
