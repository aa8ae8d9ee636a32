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
import type { ConformanceArea, ConformanceCase, ReplyError } from "../conformance-case.ts";

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
      const error = await refusal(client, () => channel.assertQueue(queue, { ...flags, arguments: quorum }));
      // For any type: RabbitMQ 4.3 has no transient queue that any connection may use.
      if (flags["durable"] === false && isAtLeast(context.broker, 4, 3))
        expectDenied(error, "transient_nonexcl_queues");
      else expect(error).toEqual(channelError(406, `PRECONDITION_FAILED - invalid property '${property}' ${where}`));
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
    impossibleFlag("auto-delete", { autoDelete: true }, "auto-delete"),
    {
      title: "accepts arguments that only quorum queues have",
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
      title: "refuses to declare an existing quorum queue as a classic queue, or without a type",
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
      title: "from 4.0 on gives a queue without a type the default type of the virtual host, if the queue can have it",
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
      title: "delivers and acknowledges on a quorum queue as on a classic queue",
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
    {
      title:
        "accepts a queue that is neither durable nor exclusive before 4.3, and closes the connection with 541 from 4.3 on",
      async run(context) {
        const { client, channel } = await open(context);
        const declare = () => declareQueue(context, channel, { durable: false });
        if (isAtLeast(context.broker, 4, 3)) expectDenied(await refusal(client, declare), "transient_nonexcl_queues");
        else await declare();
        const other = await open(context);
        await declareQueue(context, other.channel, { durable: false, exclusive: true });
      },
    },
    {
      title:
        "accepts x-queue-master-locator for a classic queue before 4.3, and closes the connection with 541 from 4.3 on",
      async run(context) {
        const { client, channel } = await open(context);
        const declare = () =>
          declareQueue(context, channel, { arguments: { "x-queue-master-locator": "client-local" } });
        if (isAtLeast(context.broker, 4, 3)) expectDenied(await refusal(client, declare), "queue_master_locator");
        else await declare();
      },
    },
    {
      title: "accepts version 1 of classic queues before 4.3, and refuses it with 406 from 4.3 on",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = context.uniqueName("queue");
        const declare = () => channel.assertQueue(queue, { arguments: { "x-queue-version": 1 } });
        if (!isAtLeast(context.broker, 4, 3)) {
          await declare();
          return;
        }
        const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
        const words = `PRECONDITION_FAILED - invalid arg 'x-queue-version' ${where}: "unsupported queue version '1'"`;
        expect(await refusal(client, declare)).toEqual(channelError(406, words));
      },
    },
    {
      title: "refuses arguments of quorum queues for a classic queue: which ones depends on the release",
      async run(context) {
        const { client } = await open(context);
        const always = { "x-max-in-memory-length": 1, "x-quorum-initial-group-size": 3 };
        const until40 = { "x-queue-leader-locator": "balanced" };
        const since43 = { "x-consumer-timeout": 60_000, "x-delayed-retry-type": "all", "x-delayed-retry-min": 1000 };
        const refused = {
          ...always,
          ...(isAtLeast(context.broker, 4) ? {} : until40),
          ...(isAtLeast(context.broker, 4, 3) ? since43 : {}),
        };
        for (const [name, value] of Object.entries({ ...always, ...until40, ...since43 })) {
          const channel = await client.channel();
          const queue = context.uniqueName("queue");
          const declare = () => channel.assertQueue(queue, { arguments: { "x-queue-type": "classic", [name]: value } });
          if (!Object.hasOwn(refused, name)) {
            await declare();
            continue;
          }
          const where = `queue '${queue}' in vhost '${virtualHostOf(context)}' of queue type rabbit_classic_queue`;
          const words = `PRECONDITION_FAILED - invalid arg '${name}' for ${where}`;
          expect(await refusal(client, declare)).toEqual(channelError(406, words));
        }
      },
    },
  ],
};

/** The rest of the words depends on how the operator configured it. */
function expectDenied({ scope, code, text: words }: ReplyError, feature: string): void {
  expect([scope, code, words.split("\n")[0]]).toEqual([
    "connection",
    541,
    `INTERNAL_ERROR - Feature \`${feature}\` is deprecated.`,
  ]);
}
