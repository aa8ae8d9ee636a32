// Bindings from one exchange to another.
import { expect } from "vitest";
import { channelError, drain, isRouted, open, publish, refusal, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ReplyError } from "../conformance-case.ts";
import { boundQueue, declareExchange, drainAll, publishKeys } from "../routing-tools.ts";

export const exchangeBindings: ConformanceArea = {
  name: "exchange-bindings",
  cases: [
    {
      title: "route by the kind of the source, then by the kind of the destination",
      async run(context) {
        const { channel } = await open(context);
        const source = await declareExchange(context, channel, "topic");
        const destination = await declareExchange(context, channel, "direct");
        const queue = await boundQueue(context, channel, destination, "order.paid");
        await channel.bindExchange(destination, source, "order.*");
        await publishKeys(channel, source, ["order.paid", "order.sent", "user.born"]);
        expect(await drain(channel, queue)).toEqual(["order.paid"]);
      },
    },
    {
      title: "show the receiver the exchange and the key that were published to",
      async run(context) {
        const { channel } = await open(context);
        const source = await declareExchange(context, channel, "direct");
        const destination = await declareExchange(context, channel, "fanout");
        const queue = await boundQueue(context, channel, destination, "any");
        await channel.bindExchange(destination, source, "key");
        await publish(channel, source, "key", "a");
        expect(await channel.get(queue)).toMatchObject({ fields: { exchange: source, routingKey: "key" } });
      },
    },
    {
      title: "reach a queue once, by however many ways",
      async run(context) {
        const { channel } = await open(context);
        const top = await declareExchange(context, channel, "fanout");
        const left = await declareExchange(context, channel, "fanout");
        const right = await declareExchange(context, channel, "topic");
        await channel.bindExchange(left, top, "");
        await channel.bindExchange(right, top, "");
        const queue = await boundQueue(context, channel, left, "");
        await channel.bindQueue(queue, right, "#");
        await channel.bindQueue(queue, top, "");
        await publish(channel, top, "key", "once");
        expect(await drain(channel, queue)).toEqual(["once"]);
      },
    },
    {
      title: "may form a circle, around which a message goes once",
      async run(context) {
        const { channel } = await open(context);
        const ring = [
          await declareExchange(context, channel, "fanout"),
          await declareExchange(context, channel, "fanout"),
          await declareExchange(context, channel, "fanout"),
        ] as const;
        for (const [index, source] of ring.entries()) {
          await channel.bindExchange(ring[(index + 1) % ring.length] ?? "", source, "");
        }
        const queues: string[] = [];
        for (const exchange of ring) queues.push(await boundQueue(context, channel, exchange, ""));
        await publish(channel, ring[1], "", "around");
        expect(await drainAll(channel, queues)).toEqual([["around"], ["around"], ["around"]]);
      },
    },
    {
      title: "may lead from an exchange to itself",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "fanout");
        await channel.bindExchange(exchange, exchange, "");
        const queue = await boundQueue(context, channel, exchange, "");
        await publish(channel, exchange, "", "self");
        expect(await drain(channel, queue)).toEqual(["self"]);
      },
    },
    {
      title: "carry a message through a long chain",
      async run(context) {
        const { channel } = await open(context);
        const first = await declareExchange(context, channel, "direct");
        let last = first;
        for (let link = 0; link < 10; link++) {
          const next = await declareExchange(context, channel, link % 2 ? "direct" : "topic");
          await channel.bindExchange(next, last, "key");
          last = next;
        }
        const queue = await boundQueue(context, channel, last, "key");
        await publishKeys(channel, first, ["key", "other"]);
        expect(await drain(channel, queue)).toEqual(["key"]);
      },
    },
    {
      title: "made twice are one, and can be undone",
      async run(context) {
        const { channel } = await open(context);
        const source = await declareExchange(context, channel, "direct");
        const destination = await declareExchange(context, channel, "fanout");
        await boundQueue(context, channel, destination, "");
        await channel.bindExchange(destination, source, "key");
        await channel.bindExchange(destination, source, "key");
        expect(await isRouted(channel, source, "key")).toBe(true);
        await channel.unbindExchange(destination, source, "key");
        expect(await isRouted(channel, source, "key")).toBe(false);
      },
    },
    {
      title: "go with the destination, and with the source",
      async run(context) {
        const { channel } = await open(context);
        const source = await declareExchange(context, channel, "direct");
        const destination = await declareExchange(context, channel, "fanout");
        for (const deleted of [destination, source]) {
          await boundQueue(context, channel, destination, "");
          await channel.bindExchange(destination, source, "key");
          expect(await isRouted(channel, source, "key")).toBe(true);
          await channel.deleteExchange(deleted);
          await channel.assertExchange(deleted, deleted === source ? "direct" : "fanout");
          expect(await isRouted(channel, source, "key")).toBe(false);
        }
      },
    },
    {
      title: "keep an auto-delete source alive, which goes with the last of them",
      async run(context) {
        const { client, channel } = await open(context);
        const source = await declareExchange(context, channel, "direct", { autoDelete: true });
        const destination = await declareExchange(context, channel, "fanout");
        await channel.bindExchange(destination, source, "key");
        await channel.checkExchange(source);
        await channel.deleteExchange(destination);
        expect(await refusal(client, () => channel.checkExchange(source))).toEqual(noExchange(context, source));
      },
    },
    {
      title: "do not keep an auto-delete destination alive",
      async run(context) {
        const { client, channel } = await open(context);
        const source = await declareExchange(context, channel, "direct");
        const destination = await declareExchange(context, channel, "fanout", { autoDelete: true });
        await channel.bindExchange(destination, source, "key");
        const queue = await boundQueue(context, channel, destination, "");
        await channel.deleteQueue(queue);
        expect(await refusal(client, () => channel.checkExchange(destination))).toEqual(
          noExchange(context, destination),
        );
      },
    },
    {
      title: "count as a use of the source",
      async run(context) {
        const { client, channel } = await open(context);
        const source = await declareExchange(context, channel, "direct");
        await channel.bindExchange("amq.fanout", source, "key");
        const error = await refusal(client, () => channel.deleteExchange(source, { ifUnused: true }));
        expect(error).toMatchObject({ scope: "channel", code: 406 });
      },
    },
    {
      title: "from or to what does not exist are refused with 404, the source first",
      async run(context) {
        const { client } = await open(context);
        const absent = context.uniqueName("absent");
        const attempt = async (destination: string, source: string): Promise<ReplyError> => {
          const own = await client.channel();
          return refusal(client, () => own.bindExchange(destination, source, "key"));
        };
        expect(await attempt(absent, "amq.direct")).toEqual(noExchange(context, absent));
        expect(await attempt("amq.direct", absent)).toEqual(noExchange(context, absent));
        expect(await attempt(`${absent}2`, absent)).toEqual(noExchange(context, absent));
      },
    },
    {
      title: "that do not exist can be undone",
      async run(context) {
        const { channel } = await open(context);
        await channel.unbindExchange("amq.fanout", "amq.direct", context.uniqueName("key"));
        await channel.unbindExchange(context.uniqueName("absent"), "amq.direct", "key");
      },
    },
  ],
};

function noExchange(context: CaseContext, name: string): ReplyError {
  return channelError(404, `NOT_FOUND - no exchange '${name}' in vhost '${virtualHostOf(context)}'`);
}
