// How long queues live: exclusive and auto-delete ones, and those that expire.
import { expect } from "vitest";
import {
  channelError,
  consume,
  declareQueue,
  drain,
  isRouted,
  open,
  queueExists,
  refusal,
  send,
  untilGone,
  untilUnroutable,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const queueLifetime: ConformanceArea = {
  name: "queue-lifetime",
  cases: [
    {
      title: "allows the connection of an exclusive queue to use it on another channel",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { exclusive: true });
        await send(channel, queue, "a");
        const other = await client.channel();
        expect(await other.assertQueue(queue, { exclusive: true })).toMatchObject({ messageCount: 1 });
        expect(await drain(other, queue)).toEqual(["a"]);
      },
    },
    {
      title: "refuses every other connection the use of an exclusive queue with 405",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { exclusive: true });
        const stranger = await context.connect();
        const locked = channelError(
          405,
          `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '${virtualHostOf(context)}'. ` +
            "It could be originally declared on another connection or the exclusive property value does not match that of " +
            "the original declaration.",
        );
        const actions = ["declare", "passive", "get", "consume", "purge", "delete", "bind"] as const;
        for (const action of actions) {
          const other = await stranger.channel();
          const refused = await refusal(stranger, () => {
            if (action === "declare") return other.assertQueue(queue, { exclusive: true });
            if (action === "passive") return other.checkQueue(queue);
            if (action === "get") return other.get(queue);
            if (action === "consume") return other.consume(queue, () => {});
            if (action === "purge") return other.purgeQueue(queue);
            if (action === "delete") return other.deleteQueue(queue);
            return other.bindQueue(queue, "amq.direct", "key");
          });
          expect({ action, ...refused }).toEqual({ action, ...locked });
        }
      },
    },
    {
      title: "allows other connections to publish to an exclusive queue",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { exclusive: true });
        const { channel: other } = await open(context);
        await send(other, queue, "from outside");
        expect(await drain(channel, queue)).toEqual(["from outside"]);
      },
    },
    {
      title: "deletes an exclusive queue with its connection, not with the channel",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { exclusive: true });
        await channel.close();
        expect(await queueExists(client, queue)).toBe(true);
        await client.close();
        const other = await context.connect();
        await untilGone(other, queue);
      },
    },
    {
      title: "frees the name of an exclusive queue as soon as its connection has closed",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { exclusive: true });
        await client.close();
        const { channel: other } = await open(context);
        expect(await other.assertQueue(queue, { exclusive: true })).toMatchObject({ queue, messageCount: 0 });
      },
    },
    {
      title: "deletes an auto-delete queue and its messages when its last consumer is cancelled",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { autoDelete: true });
        const first = await consume(channel, queue);
        const second = await consume(channel, queue);
        await channel.cancel(first.consumerTag);
        expect(await queueExists(client, queue)).toBe(true);
        await channel.cancel(second.consumerTag);
        await untilGone(client, queue);
      },
    },
    {
      title: "deletes an auto-delete queue when the channel of its last consumer closes",
      async run(context) {
        const client = await context.connect();
        const channel = await client.channel();
        const queue = await declareQueue(context, channel, { autoDelete: true });
        await consume(channel, queue);
        await channel.close();
        await untilGone(client, queue);
      },
    },
    {
      title: "keeps an auto-delete queue that never had a consumer",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { autoDelete: true });
        await send(channel, queue, "a");
        expect(await drain(channel, queue)).toEqual(["a"]);
        await channel.close();
        await client.close();
        expect(await queueExists(await context.connect(), queue)).toBe(true);
      },
    },
    {
      title: "deletes a queue and its messages after it was unused for x-expires",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { expires: 60 });
        // A release with Khepri stops the queue first, and forgets its name a moment later.
        await untilUnroutable(channel, queue);
        await untilGone(client, queue);
      },
    },
    {
      title: "does not expire a queue with a consumer",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { expires: 2500 });
        const inbox = await consume(channel, queue);
        const clock = await declareQueue(context, channel, { expires: 3000 });
        await untilUnroutable(channel, clock);
        await send(channel, queue, "still here");
        expect(await inbox.takeTexts(1)).toEqual(["still here"]);
        await channel.cancel(inbox.consumerTag);
        await untilUnroutable(channel, queue);
      },
    },
    {
      title: "starts the time of x-expires again at every declaration and every basic.get, but not at a publish",
      async run(context) {
        const { client, channel } = await open(context);
        // Longer than any pause of a loaded machine between two of these uses.
        const expires = 3000;
        const declared = await declareQueue(context, channel, { expires });
        await send(channel, declared, "kept");
        const got = await declareQueue(context, channel, { expires });
        const published = await declareQueue(context, channel, { expires });
        const started = Date.now();
        while (await isRouted(channel, "", published)) {
          await channel.assertQueue(declared, { expires });
          await channel.get(got);
        }
        expect(Date.now() - started).toBeGreaterThanOrEqual(expires - 10);
        // If it had been deleted, the next declaration would have created another, without the message.
        expect(await drain(channel, declared)).toEqual(["kept"]);
        expect(await queueExists(client, got)).toBe(true);
      },
    },
  ],
};
