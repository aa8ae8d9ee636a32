// Queues with x-max-priority: which message comes first.

import type { ConfirmChannel } from "amqplib";
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { consume, declareQueue, drain, get, open, send, text, untilReady } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

const quorum = { "x-queue-type": "quorum" };

/** Sends one message of each priority, named after it and its place: "5a", "1b". */
async function sendPriorities(channel: ConfirmChannel, queue: string, priorities: readonly (number | undefined)[]) {
  for (const [index, priority] of priorities.entries()) {
    const place = String.fromCharCode(97 + index);
    await send(channel, queue, `${priority ?? ""}${place}`, priority === undefined ? {} : { priority });
  }
}

export const priorities: ConformanceArea = {
  name: "priorities",
  cases: [
    {
      title: "delivers higher priorities first, and equal ones in order",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxPriority: 5 });
        await sendPriorities(channel, queue, [1, 5, 3, 1, 5, 0]);
        expect(await drain(channel, queue)).toEqual(["5b", "5e", "3c", "1a", "1d", "0f"]);
      },
    },
    {
      title: "treats no priority as 0, and a priority above the maximum as the maximum",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxPriority: 5 });
        await sendPriorities(channel, queue, [undefined, 0, undefined, 200, 5, 9]);
        expect(await drain(channel, queue)).toEqual(["200d", "5e", "9f", "a", "0b", "c"]);
      },
    },
    {
      title: "delivers a message with its original priority",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxPriority: 5 });
        await sendPriorities(channel, queue, [200]);
        expect((await get(channel, queue)).properties.priority).toBe(200);
      },
    },
    {
      title: "ignores priorities on a queue without x-max-priority",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendPriorities(channel, queue, [1, 5, 3]);
        expect(await drain(channel, queue)).toEqual(["1a", "5b", "3c"]);
      },
    },
    {
      title: "delivers the waiting message with the highest priority to a busy consumer, whenever it was published",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxPriority: 5 });
        await channel.prefetch(1);
        const inbox = await consume(channel, queue);
        await sendPriorities(channel, queue, [1, 2, 5]);
        const seen: string[] = [];
        for (let delivery = 0; delivery < 3; delivery++) {
          const message = await inbox.next();
          seen.push(text(message));
          channel.ack(message);
        }
        expect(seen).toEqual(["1a", "5c", "2b"]);
      },
    },
    {
      title: "puts a requeued message in its original place among those with the same priority",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxPriority: 5 });
        await sendPriorities(channel, queue, [3, 3, 5, 1]);
        const highest = await get(channel, queue);
        const first = await get(channel, queue);
        channel.nack(first);
        channel.nack(highest);
        expect(await drain(channel, queue)).toEqual(["5c", "3a", "3b", "1d"]);
      },
    },
    {
      title: "drops the message at the head of a full queue, which has the highest priority",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxPriority: 5, maxLength: 2 });
        await sendPriorities(channel, queue, [3, 5, 1, 4]);
        expect(await drain(channel, queue)).toEqual(["3a", "1c"]);
      },
    },
    {
      title: "keeps an expired message behind a higher priority that does not expire",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const deadLetters = { deadLetterExchange: "", deadLetterRoutingKey: dead };
        const queue = await declareQueue(context, channel, { ...deadLetters, maxPriority: 5 });
        const clock = await declareQueue(context, channel, deadLetters);
        const letters = await consume(channel, dead);
        await send(channel, queue, "high", { priority: 5 });
        await send(channel, queue, "low", { priority: 1, expiration: 30 });
        await send(channel, clock, "tick", { expiration: 80 });
        expect(await letters.takeTexts(1)).toEqual(["tick"]);
        expect(text(await get(channel, queue))).toBe("high");
        expect(await letters.takeTexts(1)).toEqual(["low"]);
      },
    },
    {
      title:
        "orders a quorum queue by priority: never before 4.0, two high (5 and above) to one normal from 4.0 on, strictly from 4.3 on",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: quorum });
        const priorities = [0, 1, undefined, 5, 9, 31, 32, 255, 4, 3];
        for (const [at, priority] of priorities.entries()) {
          await send(channel, queue, `${at}`, priority === undefined ? {} : { priority });
        }
        await untilReady(channel, queue, priorities.length);
        const arrival = priorities.map((_, at) => at);
        const twoToOne = [3, 4, 0, 5, 6, 1, 7, 2, 8, 9];
        const strictly = [5, 6, 7, 4, 3, 2, 8, 9, 1, 0];
        const newer = isAtLeast(context.broker, 4, 3) ? strictly : twoToOne;
        expect((await drain(channel, queue)).map(Number)).toEqual(isAtLeast(context.broker, 4) ? newer : arrival);
      },
    },
    {
      title:
        "delivers requeued messages of a quorum queue with a delivery limit first, in the order in which they were requeued",
      async run(context) {
        const { client, channel } = await open(context);
        // Without a limit RabbitMQ 3 puts what comes back alone to the end of the queue.
        const queue = await declareQueue(context, channel, { arguments: { ...quorum, "x-delivery-limit": 10 } });
        for (const body of ["a", "b", "c", "d"]) await send(channel, queue, body, { priority: 1 });
        await untilReady(channel, queue, 4);
        const other = await client.channel();
        const taken = [await get(other, queue), await get(other, queue), await get(other, queue)];
        for (const at of [1, 2, 0]) other.nack(taken[at] as (typeof taken)[number], false, true);
        await untilReady(channel, queue, 4);
        await send(channel, queue, "high", { priority: 31 });
        await untilReady(channel, queue, 5);
        const rest = isAtLeast(context.broker, 4) ? ["high", "d"] : ["d", "high"];
        expect(await drain(channel, queue)).toEqual(["b", "c", "a", ...rest]);
      },
    },
  ],
};
