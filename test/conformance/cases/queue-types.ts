// Classic and quorum queues: what a type refuses, and what quorum queues do otherwise.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  channelError,
  consume,
  declareQueue,
  open,
  refusal,
  send,
  sendAll,
  texts,
  untilReady,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";

const quorum = { "x-queue-type": "quorum" };

/** A new queue of a type is declared with an argument that only other types have. */
function foreignArgument(type: "classic" | "quorum", argument: string, value: unknown): ConformanceCase {
  return {
    title: `refuses ${argument} for a ${type} queue`,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = context.uniqueName("queue");
      const given = { arguments: { "x-queue-type": type, [argument]: value } };
      const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}' of queue type rabbit_${type}_queue`;
      expect(await refusal(client, () => channel.assertQueue(queue, given))).toEqual(
        channelError(406, `PRECONDITION_FAILED - invalid arg '${argument}' ${where}`),
      );
    },
  };
}

/** A quorum queue is declared with a flag that it cannot have. */
function impossibleFlag(what: string, flags: Record<string, boolean>, property: string): ConformanceCase {
  return {
    title: `refuses a quorum queue that is ${what}`,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = context.uniqueName("queue");
      const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
      expect(await refusal(client, () => channel.assertQueue(queue, { ...flags, arguments: quorum }))).toEqual(
        channelError(406, `PRECONDITION_FAILED - invalid property '${property}' ${where}`),
      );
    },
  };
}

export const queueTypes: ConformanceArea = {
  name: "queue-types",
  cases: [
    foreignArgument("classic", "x-delivery-limit", 5),
    foreignArgument("classic", "x-dead-letter-strategy", "at-least-once"),
    foreignArgument("classic", "x-quorum-initial-group-size", 1),
    foreignArgument("classic", "x-max-age", "1D"),
    foreignArgument("quorum", "x-max-age", "1D"),
    impossibleFlag("exclusive", { exclusive: true }, "exclusive-owner"),
    impossibleFlag("not durable", { durable: false }, "non-durable"),
    impossibleFlag("deleted automatically", { autoDelete: true }, "auto-delete"),
    {
      title: "takes what quorum queues alone know",
      async run(context) {
        const { channel } = await open(context);
        const queue = context.uniqueName("queue");
        const given = {
          ...quorum,
          "x-delivery-limit": 3,
          "x-dead-letter-exchange": "",
          "x-dead-letter-strategy": "at-least-once",
          "x-overflow": "reject-publish",
          "x-quorum-initial-group-size": 1,
        };
        expect(await channel.assertQueue(queue, { arguments: given })).toMatchObject({ queue, messageCount: 0 });
        expect(await channel.assertQueue(queue, { arguments: given })).toMatchObject({ queue });
      },
    },
    {
      title: "refuses to declare a quorum queue again as a classic one, also by saying nothing",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: quorum });
        const where = `inequivalent arg 'x-queue-type' for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
        const classic = { arguments: { "x-queue-type": "classic" } };
        expect(await refusal(client, () => channel.assertQueue(queue, classic))).toEqual(
          channelError(406, `PRECONDITION_FAILED - ${where}: received 'classic' but current is 'quorum'`),
        );
        const other = await client.channel();
        // RabbitMQ 4 fills in the default type of the virtual host.
        const nothing = isAtLeast(context.broker, 4)
          ? "received 'classic' but current is 'quorum'"
          : "received none but current is the value 'quorum' of type 'longstr'";
        expect(await refusal(client, () => other.assertQueue(queue))).toEqual(
          channelError(406, `PRECONDITION_FAILED - ${where}: ${nothing}`),
        );
      },
    },
    {
      title: "takes a queue without a type for the virtual host's default type where it can be one, since 4.0",
      async run(context) {
        if (!isAtLeast(context.broker, 4)) return;
        const { client, channel } = await open(context);
        await context.broker.setDefaultQueueType("quorum");
        try {
          const queue = await declareQueue(context, channel);
          expect(await channel.assertQueue(queue, { arguments: quorum })).toMatchObject({ queue });
          for (const flags of [{ exclusive: true }, { autoDelete: true }]) {
            const other = await declareQueue(context, channel, flags);
            const classic = { ...flags, arguments: { "x-queue-type": "classic" } };
            expect(await channel.assertQueue(other, classic)).toMatchObject({ queue: other });
          }
          const classic = { arguments: { "x-queue-type": "classic" } };
          const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
          expect(await refusal(client, () => channel.assertQueue(queue, classic))).toEqual(
            channelError(
              406,
              `PRECONDITION_FAILED - inequivalent arg 'x-queue-type' ${where}: received 'classic' but current is 'quorum'`,
            ),
          );
        } finally {
          await context.broker.setDefaultQueueType("classic");
        }
      },
    },
    {
      title: "delivers and acknowledges on a quorum queue as on a classic one",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: quorum });
        await sendAll(channel, queue, ["a", "b", "c"]);
        const inbox = await consume(channel, queue);
        const messages = await inbox.take(3);
        expect(texts(messages)).toEqual(["a", "b", "c"]);
        for (const message of messages) channel.ack(message);
        await untilReady(channel, queue, 0);
        expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 0 });
      },
    },
    {
      title: "sends no x-delivery-count from a classic queue",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a");
        const inbox = await consume(channel, queue);
        channel.reject(await inbox.next(), true);
        const again = await inbox.next();
        expect(again.fields.redelivered).toBe(true);
        expect(again.properties.headers).not.toHaveProperty("x-delivery-count");
      },
    },
  ],
};
