// Getting messages one by one, without a consumer.
import { expect } from "vitest";
import {
  ackTag,
  channelError,
  declareQueue,
  drain,
  get,
  open,
  publish,
  refusal,
  sendAll,
  untilReady,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";

export const gets: ConformanceArea = {
  name: "gets",
  cases: [
    {
      title: "answers basic.get with the number of further ready messages",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await channel.bindQueue(queue, "amq.direct", "key");
        await publish(channel, "amq.direct", "key", "a");
        await sendAll(channel, queue, ["b", "c"]);
        expect((await get(channel, queue)).fields).toEqual({
          deliveryTag: 1,
          redelivered: false,
          exchange: "amq.direct",
          routingKey: "key",
          messageCount: 2,
        });
        expect((await get(channel, queue)).fields).toMatchObject({ deliveryTag: 2, messageCount: 1 });
        expect((await get(channel, queue)).fields).toMatchObject({ deliveryTag: 3, messageCount: 0 });
        expect(await channel.get(queue)).toBe(false);
      },
    },
    {
      title: "removes a message at a basic.get without acknowledgement, and still counts its delivery tag",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        const other = await client.channel();
        const first = await other.get(queue, { noAck: true });
        const second = await get(other, queue);
        expect(first).toMatchObject({ fields: { deliveryTag: 1 } });
        expect(second.fields.deliveryTag).toBe(2);
        expect(await refusal(client, () => ackTag(other, 1))).toEqual(
          channelError(406, "PRECONDITION_FAILED - unknown delivery tag 1"),
        );
        await untilReady(channel, queue, 1);
        expect(await drain(channel, queue)).toEqual(["b"]);
      },
    },
  ],
};
