// Queues as such: declaring, naming, sharing, emptying and deleting them.
import { expect } from "vitest";
import {
  channelError,
  consume,
  counts,
  declareQueue,
  drain,
  open,
  publish,
  queueExists,
  refusal,
  send,
  sendAll,
  sendMethod,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const queues: ConformanceArea = {
  name: "queues",
  cases: [
    {
      title: "declares an empty queue without consumers, and answers with its name",
      async run(context) {
        const { channel } = await open(context);
        const name = context.uniqueName("queue");
        expect(await channel.assertQueue(name)).toEqual({ queue: name, messageCount: 0, consumerCount: 0 });
      },
    },
    {
      title: "accepts the same declaration again, and answers with the number of messages",
      async run(context) {
        const { channel } = await open(context);
        const name = await declareQueue(context, channel);
        await sendAll(channel, name, ["a", "b"]);
        await consume(channel, await declareQueue(context, channel));
        expect(await channel.assertQueue(name)).toEqual({ queue: name, messageCount: 2, consumerCount: 0 });
      },
    },
    {
      title: "counts only ready messages, and the consumers",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.prefetch(1);
        const first = await consume(channel, queue);
        await consume(channel, queue);
        await sendAll(channel, queue, ["a", "b", "c"]);
        await first.next();
        expect(await counts(channel, queue)).toEqual({ messages: 1, consumers: 2 });
      },
    },
    {
      title: "generates a queue name if the client gives none",
      async run(context) {
        const { channel } = await open(context);
        const { queue: first } = await channel.assertQueue("", { exclusive: true });
        const { queue: second } = await channel.assertQueue("", { exclusive: true });
        expect(first).toMatch(/^amq\.gen-[\w-]{22}$/);
        expect(second).not.toBe(first);
      },
    },
    {
      title: "treats the empty name as the queue that was last declared on the channel",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const exchange = context.uniqueName("exchange");
        await channel.assertExchange(exchange, "direct", { durable: false, autoDelete: true });
        await channel.bindQueue("", exchange, "key");
        await publish(channel, exchange, "key", "bound");
        // amqplib would send an empty name here as well.
        const inbox = await consume(channel, "");
        expect(await inbox.takeTexts(1)).toEqual(["bound"]);
        expect((await counts(channel, queue)).consumers).toBe(1);
      },
    },
    {
      title: "binds with the name of the queue as key if queue and key are empty",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const exchange = context.uniqueName("exchange");
        await channel.assertExchange(exchange, "direct", { durable: false, autoDelete: true });
        await channel.bindQueue("", exchange, "");
        await publish(channel, exchange, queue, "by name");
        expect(await drain(channel, queue)).toEqual(["by name"]);
      },
    },
    {
      title: "refuses the empty name on a channel that declared no queue",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => channel.purgeQueue(""))).toEqual(
          channelError(404, "NOT_FOUND - no previously declared queue"),
        );
      },
    },
    {
      title: "refuses names that begin with amq.",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => channel.assertQueue("amq.mine"))).toEqual(
          channelError(403, "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'"),
        );
      },
    },
    {
      title: "finds an existing queue by a passive declaration, whatever its properties and arguments",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { autoDelete: true, expires: 60_000 });
        expect(await channel.checkQueue(queue)).toEqual({ queue, messageCount: 0, consumerCount: 0 });
      },
    },
    {
      title: "answers 404 to a passive declaration of a queue that does not exist, and creates nothing",
      async run(context) {
        const { client, channel } = await open(context);
        const name = context.uniqueName("missing");
        const missing = channelError(404, `NOT_FOUND - no queue '${name}' in vhost '${virtualHostOf(context)}'`);
        expect(await refusal(client, () => channel.checkQueue(name))).toEqual(missing);
        expect(await queueExists(client, name)).toBe(false);
      },
    },
    {
      title: "cuts a reply text above 255 bytes",
      async run(context) {
        const { client, channel } = await open(context);
        const name = context.uniqueName("missing").padEnd(250, "x");
        const { text } = await refusal(client, () => channel.checkQueue(name));
        expect(text).toBe(`NOT_FOUND - no queue '${name}'`.slice(0, 252).concat("..."));
      },
    },
    {
      title: "answers 404 to purge, get and consume for a queue that does not exist",
      async run(context) {
        const client = await context.connect();
        const name = context.uniqueName("missing");
        const missing = channelError(404, `NOT_FOUND - no queue '${name}' in vhost '${virtualHostOf(context)}'`);
        for (const action of ["purge", "get", "consume"] as const) {
          const channel = await client.channel();
          const refused = await refusal(client, () => {
            if (action === "purge") return channel.purgeQueue(name);
            if (action === "get") return channel.get(name);
            return channel.consume(name, () => {});
          });
          expect(refused).toEqual(missing);
        }
      },
    },
    {
      title: "purges ready messages, answers how many, and keeps unacknowledged ones",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c"]);
        const taken = await channel.get(queue);
        expect(await channel.purgeQueue(queue)).toEqual({ messageCount: 2 });
        expect(await channel.purgeQueue(queue)).toEqual({ messageCount: 0 });
        if (taken) channel.nack(taken);
        expect(await drain(channel, queue)).toEqual(["a"]);
      },
    },
    {
      title: "deletes a queue, answers how many messages it had, and removes its bindings",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const exchange = context.uniqueName("exchange");
        await channel.assertExchange(exchange, "fanout", { durable: false });
        await channel.bindQueue(queue, exchange, "");
        await sendAll(channel, queue, ["a", "b", "c"]);
        expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 3 });
        await channel.assertQueue(queue);
        await publish(channel, exchange, "", "lost");
        expect(await counts(channel, queue)).toEqual({ messages: 0, consumers: 0 });
      },
    },
    {
      title: "accepts the deletion of a queue that does not exist",
      async run(context) {
        const { channel } = await open(context);
        expect(await channel.deleteQueue(context.uniqueName("missing"))).toEqual({ messageCount: 0 });
      },
    },
    {
      title: "does not delete a queue with consumers if it should be unused",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue);
        const other = await client.channel();
        expect(await refusal(client, () => other.deleteQueue(queue, { ifUnused: true }))).toEqual(
          channelError(406, `PRECONDITION_FAILED - queue '${queue}' in vhost '${virtualHostOf(context)}' in use`),
        );
        await channel.cancel(inbox.consumerTag);
        expect(await channel.deleteQueue(queue, { ifUnused: true })).toEqual({ messageCount: 0 });
      },
    },
    {
      title: "does not delete a queue with messages if it should be empty",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a");
        const other = await client.channel();
        expect(await refusal(client, () => other.deleteQueue(queue, { ifEmpty: true }))).toEqual(
          channelError(406, `PRECONDITION_FAILED - queue '${queue}' in vhost '${virtualHostOf(context)}' not empty`),
        );
        await drain(channel, queue);
        expect(await channel.deleteQueue(queue, { ifEmpty: true })).toEqual({ messageCount: 0 });
      },
    },
    {
      title: "ignores the flags of a passive declaration",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { autoDelete: true });
        sendMethod(channel, "queue.declare", {
          queue,
          passive: true,
          durable: false,
          nowait: true,
          autoDelete: false,
          exclusive: false,
        });
        expect(await channel.checkQueue(queue)).toMatchObject({ queue });
      },
    },
    {
      title: "sends no answer to a declaration with nowait",
      async run(context) {
        const { channel } = await open(context);
        const queue = context.uniqueName("queue");
        sendMethod(channel, "queue.declare", {
          queue,
          passive: false,
          durable: true,
          autoDelete: false,
          exclusive: false,
          nowait: true,
        });
        // An answer would be taken for the answer to this.
        expect(await channel.checkQueue(queue)).toEqual({ queue, messageCount: 0, consumerCount: 0 });
      },
    },
    {
      title: "accepts a queue name of 255 bytes with any characters",
      async run(context) {
        const { channel } = await open(context);
        const prefix = context.uniqueName("ümlaut 漢 #*");
        const queue = prefix + "x".repeat(255 - Buffer.byteLength(prefix));
        expect(await channel.assertQueue(queue)).toMatchObject({ queue });
        await send(channel, queue, "a");
        expect(await drain(channel, queue)).toEqual(["a"]);
      },
    },
  ],
};
