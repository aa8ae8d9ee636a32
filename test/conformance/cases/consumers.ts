// Consumers: their tags, what they are given and in which turn, exclusive ones, and their end.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  channelError,
  connectionError,
  consume,
  counts,
  declareQueue,
  drain,
  open,
  publish,
  refusal,
  send,
  sendAll,
  sendMethod,
  untilReady,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const consumers: ConformanceArea = {
  name: "consumers",
  cases: [
    {
      title: "generates a consumer tag if the client gives none",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const first = await consume(channel, queue);
        const second = await consume(channel, queue);
        expect(first.consumerTag).toMatch(/^amq\.ctag-[\w-]{22}$/);
        expect(second.consumerTag).not.toBe(first.consumerTag);
      },
    },
    {
      title: "delivers with consumer tag, exchange, routing key and delivery tag",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.bindQueue(queue, "amq.topic", "a.*.c");
        await publish(channel, "amq.topic", "a.b.c", "content");
        const inbox = await consume(channel, queue, { consumerTag: "mine" });
        expect(inbox.consumerTag).toBe("mine");
        const { fields, content } = await inbox.next();
        expect(fields).toEqual({
          consumerTag: "mine",
          deliveryTag: 1,
          redelivered: false,
          exchange: "amq.topic",
          routingKey: "a.b.c",
        });
        expect(content.toString()).toBe("content");
      },
    },
    {
      title: "counts delivery tags from 1 on each channel, over all its consumers",
      async run(context) {
        const { client, channel } = await open(context);
        const queues = [await declareQueue(context, channel), await declareQueue(context, channel)];
        const tags: number[] = [];
        for (const queue of [...queues, ...queues]) {
          const inbox = await consume(channel, queue);
          await send(channel, queue, "a");
          tags.push((await inbox.next()).fields.deliveryTag);
          await channel.cancel(inbox.consumerTag);
        }
        expect(tags).toEqual([1, 2, 3, 4]);
        const other = await consume(await client.channel(), queues[0] ?? "");
        await send(channel, queues[0] ?? "", "b");
        expect((await other.next()).fields.deliveryTag).toBe(1);
      },
    },
    {
      title: "closes the connection with 530 if a channel uses a consumer tag twice",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await consume(channel, queue, { consumerTag: "twice" });
        expect(await refusal(client, () => channel.consume(queue, () => {}, { consumerTag: "twice" }))).toEqual(
          connectionError(530, "NOT_ALLOWED - attempt to reuse consumer tag 'twice'"),
        );
      },
    },
    {
      title: "allows the same consumer tag on each channel, and on one channel again after a cancel",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await consume(channel, queue, { consumerTag: "same" });
        await consume(await client.channel(), queue, { consumerTag: "same" });
        await channel.cancel("same");
        await consume(channel, queue, { consumerTag: "same" });
        expect((await counts(channel, queue)).consumers).toBe(2);
      },
    },
    {
      title: "delivers ready messages to a new consumer in order, and later messages when they arrive",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c"]);
        const inbox = await consume(channel, queue);
        expect(await inbox.takeTexts(3)).toEqual(["a", "b", "c"]);
        await send(channel, queue, "d");
        expect(await inbox.takeTexts(1)).toEqual(["d"]);
      },
    },
    {
      title: "delivers messages to several consumers in turn",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inboxes = [
          await consume(await client.channel(), queue),
          await consume(await client.channel(), queue),
          await consume(await client.channel(), queue),
        ];
        await sendAll(channel, queue, ["a", "b", "c", "d", "e", "f"]);
        expect(await Promise.all(inboxes.map((inbox) => inbox.takeTexts(2)))).toEqual([
          ["a", "d"],
          ["b", "e"],
          ["c", "f"],
        ]);
      },
    },
    {
      title: "prefers consumers with a higher x-priority, and uses the others while those are busy",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const [low, high] = [await client.channel(), await client.channel()];
        await high.prefetch(2);
        const lowInbox = await consume(low, queue);
        const highInbox = await consume(high, queue, { priority: 10 });
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const [first] = await highInbox.take(2);
        expect(await lowInbox.takeTexts(2)).toEqual(["c", "d"]);
        expect(highInbox.messages.map((message) => message.content.toString())).toEqual(["a", "b"]);
        if (first) high.ack(first);
        await untilReady(channel, queue, 0);
        // The ack and the next message reach the queue by different channels: the ack has to be there first.
        await high.checkQueue(queue);
        await send(channel, queue, "e");
        expect(await highInbox.takeTexts(1)).toEqual(["e"]);
      },
    },
    {
      title: "treats a negative x-priority as lower than none",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const low = await consume(await client.channel(), queue, { priority: -1, noAck: true });
        const usual = await consume(await client.channel(), queue, { noAck: true });
        await sendAll(channel, queue, ["a", "b", "c"]);
        expect(await usual.takeTexts(3)).toEqual(["a", "b", "c"]);
        expect(low.waiting).toBe(0);
      },
    },
    {
      title: "refuses a string as x-priority",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const wrong = { arguments: { "x-priority": "high" } };
        const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
        expect(await refusal(client, () => channel.consume(queue, () => {}, wrong))).toEqual(
          channelError(406, `PRECONDITION_FAILED - invalid arg 'x-priority' ${where}: "expected integer, got longstr"`),
        );
      },
    },
    {
      title: "ignores unknown arguments of a consumer",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const given = { arguments: { "x-cancel-on-ha-failover": true, "x-colour": "red" } };
        const inbox = await consume(channel, queue, given);
        await send(channel, queue, "a");
        expect(await inbox.takeTexts(1)).toEqual(["a"]);
      },
    },
    {
      title: "ignores no-local: a connection gets its own messages",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue, { noLocal: true });
        await send(channel, queue, "my own");
        expect(await inbox.takeTexts(1)).toEqual(["my own"]);
      },
    },
    {
      title: "removes messages for a consumer without acknowledgements as soon as they are sent",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        const other = await client.channel();
        const inbox = await consume(other, queue, { noAck: true });
        await inbox.take(2);
        await other.close();
        expect(await drain(channel, queue)).toEqual([]);
        expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 0 });
      },
    },
    {
      title: "refuses the delivery tag of a message without acknowledgement",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a");
        const other = await client.channel();
        const inbox = await consume(other, queue, { noAck: true });
        const message = await inbox.next();
        expect(await refusal(client, () => other.ack(message))).toEqual(
          channelError(406, "PRECONDITION_FAILED - unknown delivery tag 1"),
        );
      },
    },
    {
      title: "refuses another consumer beside an exclusive one",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const alone = await consume(channel, queue, { exclusive: true });
        const inUse = channelError(
          403,
          `ACCESS_REFUSED - queue '${queue}' in vhost '${virtualHostOf(context)}' in exclusive use`,
        );
        for (const exclusive of [false, true]) {
          const other = await client.channel();
          expect(await refusal(client, () => other.consume(queue, () => {}, { exclusive }))).toEqual(inUse);
        }
        await channel.cancel(alone.consumerTag);
        const next = await consume(channel, queue);
        await send(channel, queue, "a");
        expect(await next.takeTexts(1)).toEqual(["a"]);
      },
    },
    {
      title: "refuses an exclusive consumer on a queue with consumers",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await consume(channel, queue);
        const other = await client.channel();
        expect(await refusal(client, () => other.consume(queue, () => {}, { exclusive: true }))).toEqual(
          channelError(403, `ACCESS_REFUSED - queue '${queue}' in vhost '${virtualHostOf(context)}' in exclusive use`),
        );
      },
    },
    {
      title: "allows basic.get beside an exclusive consumer that is busy",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const other = await client.channel();
        await other.prefetch(1);
        const inbox = await consume(other, queue, { exclusive: true });
        await sendAll(channel, queue, ["a", "b"]);
        await inbox.next();
        expect(await drain(channel, queue)).toEqual(["b"]);
      },
    },
    {
      title: "sends no answer to a consume with nowait",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const consumer = { queue, consumerTag: "quiet", noLocal: false, noAck: false, exclusive: false, nowait: true };
        sendMethod(channel, "basic.consume", consumer);
        // An answer would be taken for the answer to this.
        expect(await channel.checkQueue(queue)).toEqual({ queue, messageCount: 0, consumerCount: 1 });
        sendMethod(channel, "basic.cancel", { consumerTag: "quiet", nowait: true });
        expect(await channel.checkQueue(queue)).toEqual({ queue, messageCount: 0, consumerCount: 0 });
      },
    },
    {
      title:
        "from 4.3 on cancels a consumer that holds a delivery longer than its x-consumer-timeout; before 4.3 accepts and ignores any value",
      async run(context) {
        const { client } = await open(context);
        const since43 = isAtLeast(context.broker, 4, 3);
        const asking = async (type: string, timeout: unknown) => {
          const channel = await client.confirmChannel();
          const queue = await declareQueue(context, channel, { arguments: { "x-queue-type": type } });
          await send(channel, queue, "held");
          let cancelled: () => void = () => {};
          const end = new Promise<void>((resolve) => {
            cancelled = resolve;
          });
          const onMessage = (message: unknown): void => (message === null ? cancelled() : undefined);
          const consuming = () => channel.consume(queue, onMessage, { arguments: { "x-consumer-timeout": timeout } });
          return { queue, end, consuming };
        };
        const where = (queue: string) => `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
        for (const [type, timeout, words] of [
          ["classic", 1000, " of queue type rabbit_classic_queue"],
          ["quorum", "soon", ': "expected integer, got longstr"'],
          ["quorum", -5, ": {value_negative,-5}"],
        ] as const) {
          const { queue, consuming } = await asking(type, timeout);
          if (!since43) await consuming();
          else {
            const text = `PRECONDITION_FAILED - invalid arg 'x-consumer-timeout' ${where(queue)}${words}`;
            expect(await refusal(client, consuming)).toEqual(channelError(406, text));
          }
        }
        const { end, consuming } = await asking("quorum", 500);
        await consuming();
        if (since43) await end;
      },
    },
  ],
};
