// Refused operations: the reply code, RabbitMQ's message, and what still works afterwards.
import type { Channel, Options } from "amqplib";
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  ackTag,
  channelError,
  consume,
  declareQueue,
  drain,
  open,
  refusal,
  send,
  sendMethod,
  text,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";
import { bodyFrame, headerFrame, methodFrame } from "../raw-codec.ts";
import { RawConnection } from "../raw-connection.ts";

const unknownTag = (tag: number): string => `PRECONDITION_FAILED - unknown delivery tag ${tag}`;

const wrongTags: readonly (readonly [title: string, tag: number, act: (channel: Channel) => void])[] = [
  ["an acknowledgement", 99, (channel) => ackTag(channel, 99)],
  ["an acknowledgement of tag 0", 0, (channel) => ackTag(channel, 0)],
  ["an acknowledgement of all up to a tag", 5, (channel) => ackTag(channel, 5, true)],
  ["a reject", 99, (channel) => sendMethod(channel, "basic.reject", { deliveryTag: 99, requeue: true })],
  ["a nack", 99, (channel) => sendMethod(channel, "basic.nack", { deliveryTag: 99, multiple: false, requeue: false })],
];

function refusesTag([title, tag, act]: (typeof wrongTags)[number]): ConformanceCase {
  return {
    title: `refuses an unknown delivery tag in ${title}`,
    async run(context) {
      const { client, channel } = await open(context);
      expect(await refusal(client, () => act(channel))).toEqual(channelError(406, unknownTag(tag)));
    },
  };
}

function publishWith(channel: Channel, options: Options.Publish): void {
  channel.publish("amq.fanout", "", Buffer.from("x"), options);
}

export const errors: ConformanceArea = {
  name: "errors",
  cases: [
    ...wrongTags.map(refusesTag),
    {
      title: "accepts an acknowledgement of tag 0 with multiple even if nothing is unacknowledged",
      async run(context) {
        const { client, channel } = await open(context);
        ackTag(channel, 0, true);
        await declareQueue(context, channel);
        expect(client.errors).toEqual([]);
      },
    },
    {
      title: "refuses a message with the user-id of another user",
      async run(context) {
        const { client, channel } = await open(context);
        const words = "user_id property set to 'somebody' but authenticated user was 'guest'";
        expect(await refusal(client, () => publishWith(channel, { userId: "somebody" }))).toEqual(
          channelError(406, `PRECONDITION_FAILED - ${words}`),
        );
      },
    },
    {
      title: "accepts a message with the user's own user-id",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "x", { userId: "guest" });
        expect(await channel.get(queue)).toMatchObject({ properties: { userId: "guest" } });
      },
    },
    {
      title: "refuses a message above the largest size",
      async run(context) {
        // 128 MiB until RabbitMQ 4.0, 16 MiB since.
        const limit = (isAtLeast(context.broker, 4) ? 16 : 128) * 1024 * 1024;
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const piece = bodyFrame(1, Buffer.alloc(131_064));
        raw.method(1, "BasicPublish", { exchange: "amq.fanout", routingKey: "" });
        raw.send(headerFrame(1, limit + 1));
        // As few as the broker needs to see: it may refuse before it has read them all.
        for (let sent = 0; sent + 131_064 <= limit; sent += 131_064) await raw.sendSlowly(piece);
        raw.send(bodyFrame(1, Buffer.alloc((limit % 131_064) + 1)));
        const words = `message size ${limit + 1} is larger than configured max size ${limit}`;
        expect(await raw.refusal("channel")).toEqual(channelError(406, `PRECONDITION_FAILED - ${words}`));
      },
    },
    {
      title: "names the failed method in the error",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const absent = context.uniqueName("absent");
        for (const [method, fields, classId, methodId] of [
          ["QueueDeclare", { queue: absent, passive: true }, 50, 10],
          ["QueueBind", { queue: absent, exchange: "amq.direct", routingKey: "" }, 50, 20],
          ["ExchangeDeclare", { exchange: absent, passive: true }, 40, 10],
          ["BasicConsume", { queue: absent, consumerTag: "" }, 60, 20],
          ["BasicAck", { deliveryTag: 7 }, 60, 80],
          ["TxCommit", {}, 90, 20],
        ] as const) {
          await raw.openChannel(1);
          raw.method(1, method, fields);
          expect(await raw.expect("ChannelClose", 1)).toMatchObject({ classId, methodId });
          raw.method(1, "ChannelCloseOk");
        }
      },
    },
    {
      title: "closes only the channel with the error",
      async run(context) {
        const { client, channel } = await open(context);
        const beside = await client.confirmChannel();
        const queue = await declareQueue(context, beside);
        const inbox = await consume(beside, queue, { noAck: true });
        await refusal(client, () => channel.checkQueue(context.uniqueName("absent")));
        await send(beside, queue, "goes on");
        expect(await inbox.takeTexts(1)).toEqual(["goes on"]);
        expect(client.errors).toHaveLength(1);
      },
    },
    {
      title: "requeues the unacknowledged messages of the closed channel, and ends its consumers",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const inbox = await consume(channel, queue);
        await send(channel, queue, "a");
        expect(text(await inbox.next())).toBe("a");
        await refusal(client, () => ackTag(channel, 99));
        const next = await client.channel();
        const again = await consume(next, queue);
        const message = await again.next();
        expect([text(message), message.fields.redelivered]).toEqual(["a", true]);
        expect((await next.checkQueue(queue)).consumerCount).toBe(1);
      },
    },
    {
      title: "ignores methods that were sent after the one that failed",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        raw.send(
          methodFrame(1, "BasicAck", { deliveryTag: 99 }),
          methodFrame(1, "BasicPublish", { exchange: "", routingKey: queue }),
          headerFrame(1, 4),
          bodyFrame(1, Buffer.from("late")),
          methodFrame(1, "QueueDelete", { queue }),
        );
        expect(await raw.refusal("channel")).toMatchObject({ code: 406 });
        await raw.openChannel(1);
        expect(await drain(channel, queue)).toEqual([]);
      },
    },
    {
      title: "answers 405 to an operation on an exclusive queue of another connection",
      async run(context) {
        const owner = await open(context);
        const stranger = await open(context);
        const queue = await declareQueue(context, owner.channel, { exclusive: true });
        const words =
          `cannot obtain exclusive access to locked queue '${queue}' in vhost '${virtualHostOf(context)}'. ` +
          "It could be originally declared on another connection or the exclusive property value does not match " +
          "that of the original declaration.";
        expect(await refusal(stranger.client, () => stranger.channel.purgeQueue(queue))).toEqual(
          channelError(405, `RESOURCE_LOCKED - ${words}`),
        );
      },
    },
  ],
};
