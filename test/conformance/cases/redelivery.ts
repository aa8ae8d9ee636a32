// Giving back, and what comes again: in which order, and marked as such.
import type { Socket } from "node:net";
import { expect } from "vitest";
import {
  ackTag,
  connectionError,
  consume,
  declareQueue,
  drain,
  get,
  open,
  refusal,
  send,
  sendAll,
  sendMethod,
  text,
  untilReady,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const redelivery: ConformanceArea = {
  name: "redelivery",
  cases: [
    {
      title: "puts a requeued message in its original place, marked as redelivered",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c"]);
        const first = await get(channel, queue);
        const second = await get(channel, queue);
        expect([first.fields.redelivered, second.fields.redelivered]).toEqual([false, false]);
        channel.nack(second, false, true);
        const again = await get(channel, queue);
        expect([text(again), again.fields.redelivered]).toEqual(["b", true]);
        channel.nack(first, false, true);
        channel.reject(again, true);
        expect(await drain(channel, queue)).toEqual(["a", "b", "c"]);
      },
    },
    {
      title: "does not mark a message that was never delivered",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        const other = await client.channel();
        await get(other, queue);
        await other.close();
        const marks = [await get(channel, queue), await get(channel, queue)];
        expect(marks.map(({ fields }) => fields.redelivered)).toEqual([true, false]);
      },
    },
    {
      title: "requeues several messages in their original order with multiple, and all with tag 0",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        await get(channel, queue);
        const second = await get(channel, queue);
        await get(channel, queue);
        channel.nack(second, true, true);
        expect(text(await get(channel, queue))).toBe("a");
        sendMethod(channel, "basic.nack", { deliveryTag: 0, multiple: true, requeue: true });
        expect(await drain(channel, queue)).toEqual(["a", "b", "c", "d"]);
      },
    },
    {
      title: "drops messages that are rejected without requeue, one or several",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d", "e"]);
        const other = await client.channel();
        other.reject(await get(other, queue), false);
        other.nack(await get(other, queue), false, false);
        await get(other, queue);
        other.nack(await get(other, queue), true, false);
        await other.close();
        expect(await drain(channel, queue)).toEqual(["e"]);
      },
    },
    {
      title: "redelivers a requeued message at once to the only consumer",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue);
        await send(channel, queue, "a");
        channel.nack(await inbox.next());
        const again = await inbox.next();
        expect(again.fields).toMatchObject({ deliveryTag: 2, redelivered: true, routingKey: queue, exchange: "" });
      },
    },
    {
      title: "redelivers a message that one consumer requeues to the next consumer",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const [left, right] = [await client.channel(), await client.channel()];
        const leftInbox = await consume(left, queue);
        const rightInbox = await consume(right, queue);
        await send(channel, queue, "a");
        left.nack(await leftInbox.next());
        const again = await rightInbox.next();
        expect([text(again), again.fields.redelivered]).toEqual(["a", true]);
      },
    },
    {
      title: "puts the unacknowledged messages of a closed channel in their original places",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d", "e"]);
        const other = await client.channel();
        await other.prefetch(3);
        const inbox = await consume(other, queue);
        const [, second] = await inbox.take(3);
        if (second) other.ack(second);
        await inbox.take(1);
        await other.close();
        const left = [];
        for (let taken = 0; taken < 4; taken++) left.push(await get(channel, queue));
        expect(left.map((message) => [text(message), message.fields.redelivered])).toEqual([
          ["a", true],
          ["c", true],
          ["d", true],
          ["e", false],
        ]);
      },
    },
    {
      title: "requeues the unacknowledged messages of a channel that the broker closes because of an error",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c"]);
        const other = await client.channel();
        await get(other, queue);
        await get(other, queue);
        await refusal(client, () => ackTag(other, 99));
        await untilReady(channel, queue, 3);
        expect(await drain(channel, queue)).toEqual(["a", "b", "c"]);
      },
    },
    {
      title: "requeues the unacknowledged messages of all channels of a lost connection",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const lost = await context.connect();
        const [left, right] = [await lost.channel(), await lost.channel()];
        await get(left, queue);
        await get(right, queue);
        await get(left, queue);
        const { stream } = lost.connection.connection as unknown as { readonly stream: Socket };
        stream.destroy(new Error("lost"));
        await untilReady(channel, queue, 4);
        expect(await drain(channel, queue)).toEqual(["a", "b", "c", "d"]);
      },
    },
    {
      title: "requeues all unacknowledged messages of the channel at basic.recover, and redelivers them",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c"]);
        const inbox = await consume(channel, queue);
        const [first] = await inbox.take(3);
        if (first) channel.ack(first);
        await channel.recover();
        const again = await inbox.take(2);
        expect(again.map((message) => [text(message), message.fields])).toMatchObject([
          ["b", { redelivered: true, deliveryTag: 4 }],
          ["c", { redelivered: true, deliveryTag: 5 }],
        ]);
      },
    },
    {
      title: "closes the connection with 540 for a basic.recover without requeue",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => sendMethod(channel, "basic.recover", { requeue: false }))).toEqual(
          connectionError(540, "NOT_IMPLEMENTED - requeue=false"),
        );
      },
    },
    {
      title: "keeps content and properties at a redelivery",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const body = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256));
        await send(channel, queue, body, { messageId: "1", headers: { deep: { list: [1, "two"] } }, persistent: true });
        const first = await get(channel, queue);
        channel.nack(first);
        const again = await get(channel, queue);
        expect(again.content.equals(body)).toBe(true);
        expect(again.properties).toEqual(first.properties);
        expect(again.properties.headers).toEqual({ deep: { list: [1, "two"] } });
      },
    },
  ],
};
