// How many messages a consumer, or a channel, may have unacknowledged.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  connectionError,
  consume,
  counts,
  declareQueue,
  get,
  open,
  refusal,
  send,
  sendAll,
  sendMethod,
  text,
  texts,
} from "../case-tools.ts";
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";

/** RabbitMQ 4.3 has no global prefetch any more: it takes it for one of each consumer. */
function untilRelease43(one: ConformanceCase): ConformanceCase {
  return {
    title: `${one.title}, before 4.3`,
    run: async (context) => {
      if (!isAtLeast(context.broker, 4, 3)) await one.run(context);
    },
  };
}

export const prefetch: ConformanceArea = {
  name: "prefetch",
  cases: [
    {
      title: "delivers no more than the prefetch until something is acknowledged",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const consuming = await client.channel();
        await consuming.prefetch(2);
        const inbox = await consume(consuming, queue);
        const [first] = await inbox.take(2);
        expect((await counts(channel, queue)).messages).toBe(2);
        if (first) consuming.ack(first);
        expect(text(await inbox.next())).toBe("c");
        expect((await counts(channel, queue)).messages).toBe(1);
        expect(inbox.waiting).toBe(0);
      },
    },
    {
      title: "delivers more after ack, nack and reject, also after several at once",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d", "e", "f", "g"]);
        await channel.prefetch(2);
        const inbox = await consume(channel, queue);
        const seen: string[] = [];
        for (const settle of ["nack", "reject", "multiple"] as const) {
          const [first, second] = await inbox.take(2);
          if (!first || !second) throw new Error("nothing came");
          seen.push(...texts([first, second]));
          if (settle === "multiple") channel.ack(second, true);
          else
            for (const message of [first, second])
              channel[settle](message, ...(settle === "nack" ? [false, false] : [false]));
        }
        expect([...seen, ...(await inbox.takeTexts(1))]).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
      },
    },
    {
      title: "sets no limit with a prefetch of zero",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.prefetch(1);
        await channel.prefetch(0);
        const inbox = await consume(channel, queue);
        const contents = Array.from({ length: 300 }, (_, index) => `${index}`);
        await sendAll(channel, queue, contents);
        expect(await inbox.takeTexts(300)).toEqual(contents);
      },
    },
    {
      title: "applies the prefetch to each consumer of a channel separately",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.prefetch(2);
        const inboxes = [await consume(channel, queue), await consume(channel, queue)];
        await sendAll(channel, queue, ["a", "b", "c", "d", "e"]);
        for (const inbox of inboxes) await inbox.take(2);
        expect((await counts(channel, queue)).messages).toBe(1);
      },
    },
    {
      title: "keeps the prefetch that was set when a consumer started",
      async run(context) {
        const { channel } = await open(context);
        const queues = [await declareQueue(context, channel), await declareQueue(context, channel)] as const;
        await channel.prefetch(3);
        const early = await consume(channel, queues[0]);
        await channel.prefetch(1);
        const late = await consume(channel, queues[1]);
        for (const queue of queues) await sendAll(channel, queue, ["a", "b", "c", "d"]);
        await early.take(3);
        await late.take(1);
        expect((await counts(channel, queues[0])).messages).toBe(1);
        expect((await counts(channel, queues[1])).messages).toBe(3);
      },
    },
    untilRelease43({
      title: "shares a global prefetch between the consumers of the channel",
      async run(context) {
        const { client, channel } = await open(context);
        const queues = [await declareQueue(context, channel), await declareQueue(context, channel)] as const;
        const consuming = await client.channel();
        await consuming.prefetch(3, true);
        const inboxes = [await consume(consuming, queues[0]), await consume(consuming, queues[1])] as const;
        await sendAll(channel, queues[0], ["a", "b"]);
        const [, last] = await inboxes[0].take(2);
        await sendAll(channel, queues[1], ["c", "d"]);
        await inboxes[1].take(1);
        expect((await counts(channel, queues[1])).messages).toBe(1);
        if (last) consuming.ack(last, true);
        expect(await inboxes[1].takeTexts(1)).toEqual(["d"]);
      },
    }),
    untilRelease43({
      title: "applies a global prefetch to consumers that already run",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const consuming = await client.channel();
        const inbox = await consume(consuming, queue);
        await send(channel, queue, "a");
        await inbox.next();
        await consuming.prefetch(2, true);
        await sendAll(channel, queue, ["b", "c"]);
        await inbox.take(1);
        expect((await counts(channel, queue)).messages).toBe(1);
        await consuming.prefetch(3, true);
        expect(await inbox.takeTexts(1)).toEqual(["c"]);
      },
    }),
    untilRelease43({
      title: "applies the smaller value if a consumer prefetch and a global prefetch are set",
      async run(context) {
        const { client, channel } = await open(context);
        const queues = [await declareQueue(context, channel), await declareQueue(context, channel)] as const;
        const consuming = await client.channel();
        await consuming.prefetch(2);
        await consuming.prefetch(3, true);
        const inboxes = [await consume(consuming, queues[0]), await consume(consuming, queues[1])] as const;
        await sendAll(channel, queues[0], ["a", "b", "c"]);
        await inboxes[0].take(2);
        expect((await counts(channel, queues[0])).messages).toBe(1);
        await sendAll(channel, queues[1], ["d", "e"]);
        await inboxes[1].take(1);
        expect((await counts(channel, queues[1])).messages).toBe(1);
      },
    }),
    {
      title: "treats a global prefetch as one for each later consumer from 4.3 on",
      async run(context) {
        if (!isAtLeast(context.broker, 4, 3)) return;
        const { client, channel } = await open(context);
        const queues = [await declareQueue(context, channel), await declareQueue(context, channel)] as const;
        const consuming = await client.channel();
        await consuming.prefetch(2, true);
        const inboxes = [await consume(consuming, queues[0]), await consume(consuming, queues[1])] as const;
        for (const [at, queue] of queues.entries()) {
          await sendAll(channel, queue, ["a", "b", "c"]);
          await inboxes[at]?.take(2);
          expect((await counts(channel, queue)).messages).toBe(1);
        }
      },
    },
    {
      title: "does not limit consumers without acknowledgement",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.prefetch(1);
        const inbox = await consume(channel, queue, { noAck: true });
        await sendAll(channel, queue, ["a", "b", "c"]);
        expect(await inbox.takeTexts(3)).toEqual(["a", "b", "c"]);
      },
    },
    {
      title: "does not limit basic.get, and does not count what it took",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        await channel.prefetch(1);
        await get(channel, queue);
        await get(channel, queue);
        const inbox = await consume(channel, queue);
        expect(await inbox.takeTexts(1)).toEqual(["c"]);
        expect(text(await get(channel, queue))).toBe("d");
      },
    },
    {
      title: "skips a consumer that has reached its prefetch",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const [busy, idle] = [await client.channel(), await client.channel()];
        await busy.prefetch(1);
        const busyInbox = await consume(busy, queue);
        const idleInbox = await consume(idle, queue);
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        expect(await busyInbox.takeTexts(1)).toEqual(["a"]);
        expect(await idleInbox.takeTexts(3)).toEqual(["b", "c", "d"]);
      },
    },
    {
      title: "does not count unacknowledged messages of a cancelled consumer for a new consumer of the channel",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        await channel.prefetch(1);
        const first = await consume(channel, queue);
        await first.next();
        await channel.cancel(first.consumerTag);
        const second = await consume(channel, queue);
        expect(await second.takeTexts(1)).toEqual(["b"]);
      },
    },
    {
      title: "closes the connection with 540 for a prefetch in bytes",
      async run(context) {
        const { client, channel } = await open(context);
        const inBytes = { prefetchSize: 4096, prefetchCount: 0, global: false };
        expect(await refusal(client, () => sendMethod(channel, "basic.qos", inBytes))).toEqual(
          connectionError(540, "NOT_IMPLEMENTED - prefetch_size!=0 (4096)"),
        );
      },
    },
  ],
};
