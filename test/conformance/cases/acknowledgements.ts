// Acknowledging: one delivery or several, in any order, and of none that the channel does not know.
import { expect } from "vitest";
import {
  ackTag,
  channelError,
  consume,
  counts,
  declareQueue,
  drain,
  get,
  open,
  refusal,
  send,
  sendAll,
  sendMethod,
  untilReady,
} from "../case-tools.ts";
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";

/** A settlement of a delivery that the channel does not know closes the channel. */
function unknownTag(what: string, method: "basic.ack" | "basic.nack" | "basic.reject", tag: number): ConformanceCase {
  return {
    title: `closes the channel with 406 for ${what}`,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = await declareQueue(context, channel);
      await send(channel, queue, "a");
      const other = await client.channel();
      await get(other, queue);
      const fields = { deliveryTag: tag, multiple: false, requeue: true };
      expect(await refusal(client, () => sendMethod(other, method, fields))).toEqual(
        channelError(406, `PRECONDITION_FAILED - unknown delivery tag ${tag}`),
      );
      await untilReady(channel, queue, 1);
    },
  };
}

export const acknowledgements: ConformanceArea = {
  name: "acknowledgements",
  cases: [
    {
      title: "keeps unacknowledged messages out of the queue, and removes acknowledged ones",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        const other = await client.channel();
        const first = await get(other, queue);
        await get(other, queue);
        expect(await other.get(queue)).toBe(false);
        other.ack(first);
        await other.close();
        expect(await drain(channel, queue)).toEqual(["b"]);
      },
    },
    {
      title: "acknowledges all deliveries up to a tag with multiple",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const other = await client.channel();
        const inbox = await consume(other, queue);
        const [, , third] = await inbox.take(4);
        if (third) other.ack(third, true);
        await other.close();
        expect(await drain(channel, queue)).toEqual(["d"]);
      },
    },
    {
      title: "acknowledges all deliveries of the channel with tag 0 and multiple, even if there are none",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        const other = await client.channel();
        ackTag(other, 0, true);
        await get(other, queue);
        await get(other, queue);
        ackTag(other, 0, true);
        ackTag(other, 0, true);
        await other.close();
        expect(await drain(channel, queue)).toEqual([]);
        expect(client.errors).toEqual([]);
      },
    },
    {
      title: "accepts acknowledgements in any order",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const other = await client.channel();
        const inbox = await consume(other, queue);
        await inbox.take(4);
        for (const tag of [3, 1]) ackTag(other, tag);
        // All up to 3 that are left: only 2.
        ackTag(other, 2, true);
        await other.close();
        expect(await drain(channel, queue)).toEqual(["d"]);
      },
    },
    unknownTag("an ack of a tag that was never delivered", "basic.ack", 99),
    unknownTag("a nack of a tag that was never delivered", "basic.nack", 99),
    unknownTag("a reject of a tag that was never delivered", "basic.reject", 99),
    unknownTag("an ack of tag 0 without multiple", "basic.ack", 0),
    {
      title: "closes the channel with 406 for a second ack of a delivery, and for one up to it",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        for (const multiple of [false, true]) {
          await send(channel, queue, "a");
          const other = await client.channel();
          const message = await get(other, queue);
          other.ack(message);
          expect(await refusal(client, () => other.ack(message, multiple))).toEqual(
            channelError(406, "PRECONDITION_FAILED - unknown delivery tag 1"),
          );
        }
      },
    },
    {
      title: "accepts an acknowledgement only on the channel of the delivery",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a");
        const message = await get(channel, queue);
        const other = await client.channel();
        expect(await refusal(client, () => other.ack(message))).toEqual(
          channelError(406, "PRECONDITION_FAILED - unknown delivery tag 1"),
        );
        channel.ack(message);
        await counts(channel, queue);
        expect(client.errors).toHaveLength(1);
      },
    },
  ],
};
