// How consumers end: cancelled by their client or by the broker, or with their channel.
import { expect } from "vitest";
import { consume, counts, declareQueue, drain, isRouted, open, queueExists, send, sendAll } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const consumerEnd: ConformanceArea = {
  name: "consumer-end",
  cases: [
    {
      title: "delivers nothing after the answer to a cancel, and leaves delivered messages with the channel",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const other = await client.channel();
        const inbox = await consume(other, queue);
        await send(channel, queue, "a");
        const message = await inbox.next();
        expect(await other.cancel(inbox.consumerTag)).toEqual({ consumerTag: inbox.consumerTag });
        await send(channel, queue, "b");
        expect(await counts(channel, queue)).toEqual({ messages: 1, consumers: 0 });
        other.ack(message);
        await other.close();
        expect(await drain(channel, queue)).toEqual(["b"]);
        expect(inbox.waiting).toBe(0);
      },
    },
    {
      title: "accepts a cancel of a consumer that does not exist",
      async run(context) {
        const { channel } = await open(context);
        expect(await channel.cancel("nobody")).toEqual({ consumerTag: "nobody" });
        expect(await channel.assertQueue(context.uniqueName("queue"))).toMatchObject({ messageCount: 0 });
      },
    },
    {
      title: "does not cancel a consumer of another channel",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue, { consumerTag: "mine" });
        await (await client.channel()).cancel("mine");
        await send(channel, queue, "a");
        expect(await inbox.takeTexts(1)).toEqual(["a"]);
      },
    },
    {
      title: "cancels a consumer when its queue is deleted, and leaves the channel open",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(await client.channel(), queue);
        await send(channel, queue, "a");
        const message = await inbox.next();
        await channel.deleteQueue(queue);
        await inbox.cancellation();
        expect(message.fields.deliveryTag).toBe(1);
        expect(await queueExists(client, queue)).toBe(false);
        expect(client.errors).toEqual([{ scope: "channel", code: 404, text: expect.stringContaining("no queue") }]);
      },
    },
    {
      title: "accepts the acknowledgement of a message whose queue was deleted",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const other = await client.channel();
        const inbox = await consume(other, queue);
        await sendAll(channel, queue, ["a", "b"]);
        const [first, second] = await inbox.take(2);
        await channel.deleteQueue(queue);
        await inbox.cancellation();
        if (first) other.ack(first);
        if (second) other.nack(second);
        await declareQueue(context, other);
        expect(client.errors).toEqual([]);
      },
    },
    {
      title: "sends no cancel to a client without that capability when the queue is deleted",
      async run(context) {
        const capabilities = { consumer_cancel_notify: false, publisher_confirms: true, "basic.nack": true };
        const client = await context.connect({ socketOptions: { clientProperties: { capabilities } } });
        const channel = await client.confirmChannel();
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue);
        await channel.deleteQueue(queue);
        // The cancel would come before the answers to these.
        await declareQueue(context, channel);
        expect(await isRouted(channel, "", queue)).toBe(false);
        expect(inbox.cancelled).toBe(false);
      },
    },
    {
      title: "ends the consumers of a channel when the channel is closed",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const other = await client.channel();
        await consume(other, queue);
        await consume(other, queue);
        expect((await counts(channel, queue)).consumers).toBe(2);
        await other.close();
        const after = await consume(channel, queue);
        await sendAll(channel, queue, ["a", "b"]);
        expect(await after.takeTexts(2)).toEqual(["a", "b"]);
      },
    },
  ],
};
