// Order and completeness where several publish to and consume from one queue.
import { expect } from "vitest";
import { consume, declareQueue, drain, get, open, publish, sendAll, text, texts } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

export const ordering: ConformanceArea = {
  name: "ordering",
  cases: [
    {
      title: "keeps the order of each of several publishers",
      async run(context) {
        const publishers = await Promise.all([open(context), open(context), open(context)]);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue, { noAck: true });
        await Promise.all(publishers.map(({ channel }, index) => sendAll(channel, queue, numbered(`${index}-`, 100))));
        const received = await inbox.takeTexts(300);
        for (const index of [0, 1, 2]) {
          expect(received.filter((content) => content.startsWith(`${index}-`))).toEqual(numbered(`${index}-`, 100));
        }
      },
    },
    {
      title: "delivers messages of one exchange in the same order in two queues",
      async run(context) {
        const publishers = await Promise.all([open(context), open(context)]);
        const { channel } = await open(context);
        const exchange = context.uniqueName("exchange");
        await channel.assertExchange(exchange, "fanout", { durable: false });
        const queues = [await declareQueue(context, channel), await declareQueue(context, channel)] as const;
        for (const queue of queues) await channel.bindQueue(queue, exchange, "");
        await Promise.all(
          publishers.flatMap(({ channel }, index) =>
            numbered(`${index}-`, 50).map((content) => publish(channel, exchange, "", content)),
          ),
        );
        for (const queue of queues) {
          const received = await drain(channel, queue);
          expect(received).toHaveLength(100);
          for (const index of [0, 1]) {
            expect(received.filter((content) => content.startsWith(`${index}-`))).toEqual(numbered(`${index}-`, 50));
          }
        }
      },
    },
    {
      title: "delivers every message to exactly one of several consumers, and in order to each",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const received: number[] = [];
        const perConsumer: number[][] = [];
        const all = new Promise<void>((resolve) => {
          void Promise.all(
            [1, 3, 10].map(async (prefetch) => {
              const consuming = await client.channel();
              await consuming.prefetch(prefetch);
              const mine: number[] = [];
              perConsumer.push(mine);
              await consuming.consume(queue, (message) => {
                if (!message) return;
                mine.push(Number(text(message)));
                received.push(Number(text(message)));
                consuming.ack(message);
                if (received.length === 200) resolve();
              });
            }),
          ).then(() => sendAll(channel, queue, numbered("", 200)));
        });
        await all;
        const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
        expect(ascending(received)).toEqual(numbered("", 200).map(Number));
        for (const mine of perConsumer) {
          expect(mine).toEqual(ascending(mine));
          expect(mine.length).toBeGreaterThan(0);
        }
      },
    },
    {
      title: "restores the original order of messages that several channels requeue",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, numbered("", 12));
        const holders = [await client.channel(), await client.channel(), await client.channel()];
        for (let taken = 0; taken < 9; taken++) {
          const holder = holders[taken % 3];
          if (holder) await get(holder, queue);
        }
        for (const holder of [holders[1], holders[2], holders[0]]) await holder?.close();
        expect(await drain(channel, queue)).toEqual(numbered("", 12));
      },
    },
    {
      title: "keeps the order of one publisher who publishes through an exchange and directly to the queue",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.bindQueue(queue, "amq.fanout", "");
        const expected = numbered("", 40);
        await Promise.all(
          expected.map((content, index) => publish(channel, index % 2 ? "amq.fanout" : "", queue, content)),
        );
        expect(await drain(channel, queue)).toEqual(expected);
      },
    },
    {
      title: "keeps the order of messages with very different sizes",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue, { noAck: true });
        const sizes = [0, 1, 200_000, 5, 131_072, 4096, 0, 131_064, 3];
        const contents = sizes.map((size, index) => Buffer.alloc(size, index));
        await Promise.all(contents.map((content) => publish(channel, "", queue, content)));
        const received = await inbox.take(sizes.length);
        expect(received.map(({ content }) => content.length)).toEqual(sizes);
        expect(received.every(({ content }, index) => content.equals(contents[index] ?? Buffer.alloc(0)))).toBe(true);
        expect(texts(received).join("")).toHaveLength(sizes.reduce((sum, size) => sum + size));
      },
    },
  ],
};
