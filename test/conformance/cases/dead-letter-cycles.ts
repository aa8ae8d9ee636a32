// Dead letters that return to the queue where they were dead-lettered.
import { expect } from "vitest";
import { consume, declareQueue, open, send } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const deadLetterCycles: ConformanceArea = {
  name: "dead-letter-cycles",
  cases: [
    {
      title: "dead-letters a rejected message back into its own queue, and counts the rejections",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { deadLetterExchange: "" });
        const inbox = await consume(channel, queue);
        await send(channel, queue, "a");
        const deaths: unknown[] = [];
        for (let round = 0; round < 3; round++) {
          const message = await inbox.next();
          deaths.push(message.properties.headers?.["x-death"]?.map(({ count }) => count));
          expect(message.fields.redelivered).toBe(false);
          channel.reject(message, false);
        }
        expect(deaths).toEqual([undefined, [1], [2]]);
      },
    },
    {
      title: "drops a message that expires and would return to the queue in which it expired",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { deadLetterExchange: "", messageTtl: 30 });
        const letters = await declareQueue(context, channel);
        const clock = await declareQueue(context, channel, {
          messageTtl: 80,
          deadLetterExchange: "",
          deadLetterRoutingKey: letters,
        });
        const ticks = await consume(channel, letters);
        await send(channel, queue, "a");
        await send(channel, clock, "tick");
        await ticks.next();
        expect(await channel.get(queue)).toBe(false);
      },
    },
    {
      title: "keeps a message in a cycle of queues if a consumer rejected it on the way",
      async run(context) {
        const { channel } = await open(context);
        const [first, second] = [context.uniqueName("queue"), context.uniqueName("queue")];
        await channel.assertQueue(first, { deadLetterExchange: "", deadLetterRoutingKey: second, messageTtl: 30 });
        await channel.assertQueue(second, { deadLetterExchange: "", deadLetterRoutingKey: first });
        const inbox = await consume(channel, second);
        await send(channel, first, "a");
        const message = await inbox.next();
        channel.reject(message, false);
        const again = await inbox.next();
        expect(again.properties.headers?.["x-death"]).toMatchObject([
          { queue: first, reason: "expired", count: 2 },
          { queue: second, reason: "rejected", count: 1 },
        ]);
      },
    },
    {
      title: "drops a message that only expires in a cycle of queues, when it would return to its first queue",
      async run(context) {
        const { channel } = await open(context);
        const [first, second] = [context.uniqueName("queue"), context.uniqueName("queue")];
        await channel.assertQueue(first, { deadLetterExchange: "", deadLetterRoutingKey: second, messageTtl: 20 });
        await channel.assertQueue(second, { deadLetterExchange: "", deadLetterRoutingKey: first, messageTtl: 20 });
        const dead = await declareQueue(context, channel);
        const clock = await declareQueue(context, channel, {
          messageTtl: 1000,
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
        });
        const ticks = await consume(channel, dead);
        await send(channel, first, "a");
        await send(channel, clock, "tick");
        await ticks.next();
        expect([await channel.get(first), await channel.get(second)]).toEqual([false, false]);
      },
    },
  ],
};
