// Publisher confirms: which publishes are answered, in what order, and with what.
import type { ConfirmChannel } from "amqplib";
import { expect } from "vitest";
import { until } from "../../support/broker.ts";
import { declareQueue, drain, get, open, publish, publishOutcome, refusal, send, untilReady } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { RawConnection } from "../raw-connection.ts";
import { boundQueue, declareExchange } from "../routing-tools.ts";

export const confirms: ConformanceArea = {
  name: "confirms",
  cases: [
    {
      title: "confirms each of many publishes exactly once, alone or together with others",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const answered = collectConfirms(channel);
        for (let index = 0; index < 500; index++) channel.sendToQueue(queue, Buffer.from(`${index}`));
        await until(() => answered.length === 500, { what: "500 confirms" });
        const sorted = [...answered].sort((left, right) => left - right);
        expect(sorted).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
        await untilReady(channel, queue, 500);
      },
    },
    {
      title: "confirms transient and persistent messages, in classic and quorum queues",
      async run(context) {
        const { channel } = await open(context);
        const classic = await declareQueue(context, channel);
        const quorum = await declareQueue(context, channel, { arguments: { "x-queue-type": "quorum" } });
        for (const queue of [classic, quorum]) {
          for (const persistent of [false, true]) await send(channel, queue, "x", { persistent });
        }
      },
    },
    {
      title: "confirms a message only when it is in its queue",
      async run(context) {
        const { client, channel } = await open(context);
        const exchange = await declareExchange(context, channel, "fanout");
        const queues = [
          await boundQueue(context, channel, exchange, ""),
          await boundQueue(context, channel, exchange, ""),
        ];
        const other = await client.channel();
        await publish(channel, exchange, "", "there");
        for (const queue of queues) expect(await drain(other, queue)).toEqual(["there"]);
      },
    },
    {
      title: "acks a message that reached no queue",
      async run(context) {
        const { channel } = await open(context);
        expect(await publishOutcome(channel, "amq.topic", context.uniqueName("key"), "x")).toBe("ack");
        expect(await publishOutcome(channel, "", context.uniqueName("absent"), "x")).toBe("ack");
      },
    },
    {
      title: "confirms a returned message after the return",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: context.uniqueName("absent"), mandatory: true }, {}, "x");
        expect((await raw.message("BasicReturn", 1)).method).toMatchObject({ replyCode: 312 });
        expect(await raw.expect("BasicAck", 1)).toMatchObject({ deliveryTag: 1 });
      },
    },
    {
      title: "nacks a message that a full queue refuses",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 1, overflow: "reject-publish" });
        expect(await publishOutcome(channel, "", queue, "a")).toBe("ack");
        expect(await publishOutcome(channel, "", queue, "b")).toBe("nack");
        expect(await drain(channel, queue)).toEqual(["a"]);
        expect(await publishOutcome(channel, "", queue, "c")).toBe("ack");
      },
    },
    {
      title: "nacks a message that one of several queues refuses, although the other queues have it",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "fanout");
        const free = await boundQueue(context, channel, exchange, "");
        const full = await declareQueue(context, channel, { maxLength: 1, overflow: "reject-publish" });
        await channel.bindQueue(full, exchange, "");
        expect(await publishOutcome(channel, exchange, "", "a")).toBe("ack");
        expect(await publishOutcome(channel, exchange, "", "b")).toBe("nack");
        expect(await drain(channel, free)).toEqual(["a", "b"]);
        expect(await drain(channel, full)).toEqual(["a"]);
      },
    },
    {
      title: "gives each publish its own ack or nack",
      async run(context) {
        const { channel } = await open(context);
        const full = await declareQueue(context, channel, { maxLength: 1, overflow: "reject-publish" });
        const free = await declareQueue(context, channel);
        await send(channel, full, "first");
        const outcomes = await Promise.all(
          [full, free, full, free, free, full].map((queue) => publishOutcome(channel, "", queue, "x")),
        );
        expect(outcomes).toEqual(["nack", "ack", "nack", "ack", "ack", "nack"]);
      },
    },
    {
      title: "sends no confirm for a publish that closed the channel",
      async run(context) {
        const { client, channel } = await open(context);
        const outcome = publishOutcome(channel, context.uniqueName("absent"), "", "x");
        expect(await outcome).toBe("closed");
        expect(client.errors).toMatchObject([{ scope: "channel", code: 404 }]);
      },
    },
    {
      title: "confirms messages without a body, and large messages",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const large = Buffer.alloc(1_000_000, "abc");
        await send(channel, queue, "");
        await send(channel, queue, large);
        expect((await get(channel, queue)).content.length).toBe(0);
        expect((await get(channel, queue)).content.equals(large)).toBe(true);
      },
    },
    {
      title: "confirms a message even if its consumer is slow",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const other = await client.channel();
        await other.prefetch(1);
        await other.consume(queue, () => {});
        await Promise.all(["a", "b", "c"].map((body) => send(channel, queue, body)));
      },
    },
    {
      title: "still confirms messages after their queue was deleted",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a");
        await channel.deleteQueue(queue);
        expect(await publishOutcome(channel, "", queue, "b")).toBe("ack");
        expect(await refusal(client, () => channel.checkQueue(queue))).toMatchObject({ code: 404 });
      },
    },
  ],
};

/** The number of each publish that is acknowledged, as it comes. */
function collectConfirms(channel: ConfirmChannel): number[] {
  const answered: number[] = [];
  channel.on("ack", ({ deliveryTag, multiple }) => {
    const from = multiple ? Math.max(0, ...answered) + 1 : deliveryTag;
    for (let tag = from; tag <= deliveryTag; tag++) if (!answered.includes(tag)) answered.push(tag);
  });
  return answered;
}
