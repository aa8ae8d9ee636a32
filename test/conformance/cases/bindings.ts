// Bindings of queues: by key and without, more than one, undone; copies by CC and BCC.
import { expect } from "vitest";
import {
  channelError,
  declareQueue,
  drain,
  get,
  isRouted,
  open,
  publish,
  refusal,
  virtualHostOf,
} from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ReplyError } from "../conformance-case.ts";
import { boundQueue, declareExchange, drainAll, publishKeys } from "../routing-tools.ts";

export const bindings: ConformanceArea = {
  name: "bindings",
  cases: [
    {
      title: "routes in a direct exchange only by exactly the same key",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queue = await boundQueue(context, channel, exchange, "order.paid");
        await publishKeys(channel, exchange, ["order.paid", "order.Paid", "order", "order.paid.", "order.*", "#", ""]);
        expect(await drain(channel, queue)).toEqual(["order.paid"]);
      },
    },
    {
      title: "routes in a direct exchange by the empty key",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queue = await declareQueue(context, channel);
        await channel.bindQueue(queue, exchange, "");
        expect(await isRouted(channel, exchange, "")).toBe(true);
        expect(await isRouted(channel, exchange, queue)).toBe(false);
      },
    },
    {
      title: "gives one copy of a message to each queue with a matching binding",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queues = [
          await boundQueue(context, channel, exchange, "key"),
          await boundQueue(context, channel, exchange, ["key", "other"]),
          await boundQueue(context, channel, exchange, "other"),
        ];
        await publishKeys(channel, exchange, ["key"]);
        expect(await drainAll(channel, queues)).toEqual([["key"], ["key"], []]);
      },
    },
    {
      title: "ignores the key in a fanout exchange",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "fanout");
        const queues = [
          await boundQueue(context, channel, exchange, "a"),
          await boundQueue(context, channel, exchange, "b"),
        ];
        await publishKeys(channel, exchange, ["a", "", "c"]);
        expect(await drainAll(channel, queues)).toEqual([
          ["a", "", "c"],
          ["a", "", "c"],
        ]);
      },
    },
    {
      title: "gives a queue one copy even if several of its bindings match",
      async run(context) {
        const { channel } = await open(context);
        const fanout = await declareExchange(context, channel, "fanout");
        const topic = await declareExchange(context, channel, "topic");
        const broad = await boundQueue(context, channel, fanout, ["a", "b", "c"]);
        const narrow = await boundQueue(context, channel, topic, ["#", "a.*", "a.b"]);
        await publishKeys(channel, fanout, ["a.b"]);
        await publishKeys(channel, topic, ["a.b"]);
        expect(await drainAll(channel, [broad, narrow])).toEqual([["a.b"], ["a.b"]]);
      },
    },
    {
      title: "treats a repeated binding as one, which a single unbind removes",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queue = await boundQueue(context, channel, exchange, ["key", "key"]);
        await publishKeys(channel, exchange, ["key"]);
        expect(await drain(channel, queue)).toEqual(["key"]);
        await channel.unbindQueue(queue, exchange, "key");
        expect(await isRouted(channel, exchange, "key")).toBe(false);
      },
    },
    {
      title: "treats bindings with different arguments as different",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queue = await boundQueue(context, channel, exchange, "key");
        await channel.bindQueue(queue, exchange, "key", { colour: "red" });
        await channel.unbindQueue(queue, exchange, "key");
        expect(await isRouted(channel, exchange, "key")).toBe(true);
        await channel.unbindQueue(queue, exchange, "key", { colour: "blue" });
        expect(await isRouted(channel, exchange, "key")).toBe(true);
        await channel.unbindQueue(queue, exchange, "key", { colour: "red" });
        expect(await isRouted(channel, exchange, "key")).toBe(false);
      },
    },
    {
      title: "keeps the other bindings of a queue when one is removed",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "topic");
        const queue = await boundQueue(context, channel, exchange, ["a.*", "*.a", "b"]);
        await channel.unbindQueue(queue, exchange, "a.*");
        await publishKeys(channel, exchange, ["a.x", "x.a", "b"]);
        expect(await drain(channel, queue)).toEqual(["x.a", "b"]);
      },
    },
    {
      title: "removes the bindings of a deleted queue",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queue = await boundQueue(context, channel, exchange, "key");
        await channel.deleteQueue(queue);
        await channel.assertQueue(queue);
        expect(await isRouted(channel, exchange, "key")).toBe(false);
        await channel.deleteExchange(exchange, { ifUnused: true });
      },
    },
    {
      title: "refuses a binding with 404 if the exchange or the queue does not exist, and names the exchange first",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const absent = context.uniqueName("absent");
        const attempt = async (queueName: string, exchange: string): Promise<ReplyError> => {
          const own = await client.channel();
          return refusal(client, () => own.bindQueue(queueName, exchange, "key"));
        };
        expect(await attempt(absent, "amq.direct")).toEqual(absence(context, `queue '${absent}'`));
        expect(await attempt(queue, absent)).toEqual(absence(context, `exchange '${absent}'`));
        expect(await attempt(`${absent}2`, absent)).toEqual(absence(context, `exchange '${absent}'`));
      },
    },
    {
      title: "accepts an unbind of a binding, a queue or an exchange that does not exist",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const absent = context.uniqueName("absent");
        await channel.unbindQueue(queue, "amq.direct", "key");
        await channel.unbindQueue(absent, "amq.direct", "key");
        await channel.unbindQueue(queue, absent, "key");
      },
    },
    {
      title: "accepts binding keys of 255 bytes",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const key = `${"ä".repeat(127)}x`;
        const queue = await boundQueue(context, channel, exchange, key);
        await publishKeys(channel, exchange, [key, key.slice(0, -1)]);
        expect(await drain(channel, queue)).toEqual([key]);
      },
    },
    {
      title: "routes by hundreds of bindings",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "direct");
        const queue = await declareQueue(context, channel);
        const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
        await Promise.all(keys.map((key) => channel.bindQueue(queue, exchange, key)));
        await publishKeys(channel, exchange, ["key-0", "key-199", "key-200", "key-100"]);
        expect(await drain(channel, queue)).toEqual(["key-0", "key-199", "key-100"]);
      },
    },
    {
      title: "also routes by each key in the header CC",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "topic");
        const queues = [
          await boundQueue(context, channel, exchange, "a.*"),
          await boundQueue(context, channel, exchange, "b.*"),
          await boundQueue(context, channel, exchange, "c.*"),
          await boundQueue(context, channel, exchange, "#"),
        ];
        await publish(channel, exchange, "a.1", "x", { CC: ["b.1", "b.2"] });
        expect(await drainAll(channel, queues)).toEqual([["x"], ["x"], [], ["x"]]);
      },
    },
    {
      title: "shows consumers the header CC and hides BCC",
      async run(context) {
        const { channel } = await open(context);
        const [to, copy, blind] = [
          await declareQueue(context, channel),
          await declareQueue(context, channel),
          await declareQueue(context, channel),
        ];
        await publish(channel, "", to, "x", { CC: copy, BCC: blind, headers: { kept: 1 } });
        for (const queue of [to, copy, blind]) {
          const message = await get(channel, queue);
          expect(message.fields).toMatchObject({ exchange: "", routingKey: to });
          expect(message.properties.headers).toEqual({ CC: [copy], kept: 1 });
        }
      },
    },
    {
      title: "closes the channel with 406 if the header CC is not a list",
      async run(context) {
        const { client, channel } = await open(context);
        const options = { headers: { CC: "key" } };
        const error = await refusal(client, () => channel.publish("amq.direct", "key", Buffer.alloc(0), options));
        expect(error).toMatchObject({ scope: "channel", code: 406 });
        expect(error.text).toMatch(/^PRECONDITION_FAILED - invalid message: .*CC/);
      },
    },
  ],
};

function absence(context: CaseContext, what: string): ReplyError {
  return channelError(404, `NOT_FOUND - no ${what} in vhost '${virtualHostOf(context)}'`);
}
