// What quorum queues do otherwise than classic ones: counted deliveries, their limit, their order.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  connectionError,
  consume,
  declareQueue,
  drain,
  get,
  open,
  publishOutcome,
  refusal,
  send,
  sendAll,
  text,
  untilReady,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

const quorum = { "x-queue-type": "quorum" };

export const quorumQueues: ConformanceArea = {
  name: "quorum-queues",
  cases: [
    {
      title: "counts redeliveries of a quorum queue in x-delivery-count, which is absent in the first delivery",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: quorum });
        await send(channel, queue, "a");
        const inbox = await consume(channel, queue);
        for (const [deliveryCount, redelivered] of [
          [undefined, false],
          [1, true],
          [2, true],
        ] as const) {
          const message = await inbox.next();
          expect(message.properties.headers?.["x-delivery-count"]).toBe(deliveryCount);
          expect(message.fields.redelivered).toBe(redelivered);
          // RabbitMQ 4.3 counts a reject, but no nack.
          channel.reject(message, true);
        }
      },
    },
    {
      title: "drops a message that was returned more often than x-delivery-limit allows",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: { ...quorum, "x-delivery-limit": 2 } });
        await sendAll(channel, queue, ["bad", "good"]);
        await channel.prefetch(1);
        const inbox = await consume(channel, queue);
        for (let delivery = 1; delivery <= 3; delivery++) {
          const message = await inbox.next();
          expect(text(message)).toBe("bad");
          channel.reject(message, true);
        }
        expect(await inbox.takeTexts(1)).toEqual(["good"]);
      },
    },
    {
      title: "redelivers without a limit before 4.0, and at most 20 times from 4.0 on, if no limit is set",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: quorum });
        await send(channel, queue, "bad");
        const inbox = await consume(channel, queue);
        for (let delivery = 1; delivery <= 21; delivery++) {
          const message = await inbox.next();
          expect(text(message)).toBe("bad");
          channel.reject(message, true);
        }
        await send(channel, queue, "good");
        const last = await inbox.next();
        expect(text(last)).toBe(isAtLeast(context.broker, 4) ? "good" : "bad");
      },
    },
    {
      title: "dead-letters at the delivery limit with the reason delivery_limit",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, {
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
          arguments: { ...quorum, "x-delivery-limit": 1 },
        });
        await send(channel, queue, "bad");
        const letters = await consume(channel, dead);
        const inbox = await consume(channel, queue);
        channel.reject(await inbox.next(), true);
        channel.reject(await inbox.next(), true);
        const { headers } = (await letters.next()).properties;
        expect(headers?.["x-death"]).toMatchObject([{ reason: "delivery_limit", queue, exchange: "", count: 1 }]);
        expect(headers).toMatchObject({ "x-first-death-reason": "delivery_limit", "x-first-death-queue": queue });
      },
    },
    {
      title: "dead-letters from a quorum queue at least once if x-dead-letter-strategy says so",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, {
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
          overflow: "reject-publish",
          arguments: { ...quorum, "x-dead-letter-strategy": "at-least-once" },
        });
        await send(channel, queue, "refused");
        channel.reject(await get(channel, queue), false);
        const letters = await consume(channel, dead);
        const letter = await letters.next();
        expect(text(letter)).toBe("refused");
        expect(letter.properties.headers?.["x-death"]).toMatchObject([{ reason: "rejected", queue, count: 1 }]);
      },
    },
    {
      title: "dead-letters expired messages of a quorum queue",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, {
          messageTtl: 50,
          deadLetterExchange: "",
          deadLetterRoutingKey: dead,
          arguments: quorum,
        });
        const letters = await consume(channel, dead);
        await send(channel, queue, "late");
        const { headers } = (await letters.next()).properties;
        expect(headers?.["x-death"]).toMatchObject([{ reason: "expired", queue, exchange: "", count: 1 }]);
      },
    },
    {
      title: "requeues in a quorum queue with a delivery limit before waiting messages, in the original order",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: { ...quorum, "x-delivery-limit": 10 } });
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const other = await client.channel();
        await get(other, queue);
        await get(other, queue);
        other.nack(await get(other, queue), true, true);
        await untilReady(channel, queue, 4);
        expect(await drain(channel, queue)).toEqual(["a", "b", "c", "d"]);
      },
    },
    {
      title: "requeues unacknowledged messages of a closed channel in a quorum queue, in the original order",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: { ...quorum, "x-delivery-limit": 10 } });
        await sendAll(channel, queue, ["a", "b", "c", "d"]);
        const other = await client.channel();
        for (let taken = 0; taken < 3; taken++) await get(other, queue);
        await other.close();
        await untilReady(channel, queue, 4);
        expect(await drain(channel, queue)).toEqual(["a", "b", "c", "d"]);
      },
    },
    {
      title:
        "closes the connection with 540 for a global prefetch on a quorum queue before 4.3, and treats it as a consumer prefetch from 4.3 on",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: quorum });
        if (isAtLeast(context.broker, 4, 3)) {
          await channel.prefetch(1, true);
          const inbox = await consume(channel, queue);
          await sendAll(channel, queue, ["a", "b"]);
          channel.ack(await inbox.next());
          expect(text(await inbox.next())).toBe("b");
          return;
        }
        await channel.prefetch(5, true);
        const where = `queue '${queue}' in vhost '${virtualHostOf(context)}'`;
        expect(await refusal(client, () => channel.consume(queue, () => {}))).toEqual(
          connectionError(540, `NOT_IMPLEMENTED - ${where} does not support global qos`),
        );
      },
    },
    {
      title: "limits the length of a quorum queue with reject-publish",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, {
          maxLength: 2,
          overflow: "reject-publish",
          arguments: quorum,
        });
        const outcomes: string[] = [];
        while (!outcomes.includes("nack") && outcomes.length < 10) {
          outcomes.push(await publishOutcome(channel, "", queue, "a"));
        }
        // A quorum queue may take a few more before its publishers know.
        expect(outcomes.slice(0, 2)).toEqual(["ack", "ack"]);
        expect(outcomes.at(-1)).toBe("nack");
      },
    },
    {
      title: "activates the next consumer of a quorum queue with a single active consumer",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, {
          arguments: { ...quorum, "x-single-active-consumer": true },
        });
        const first = await consume(channel, queue, { noAck: true });
        const second = await consume(await client.channel(), queue, { noAck: true });
        await sendAll(channel, queue, ["a", "b"]);
        expect(await first.takeTexts(2)).toEqual(["a", "b"]);
        await channel.cancel(first.consumerTag);
        await send(channel, queue, "c");
        expect(await second.takeTexts(1)).toEqual(["c"]);
        expect(first.waiting).toBe(0);
      },
    },
  ],
};
