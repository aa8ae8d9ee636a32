// Bindings from one exchange to another.
import { expect } from "vitest";
import { channelError, drain, isRouted, open, publish, refusal, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ReplyError } from "../conformance-case.ts";
import { boundQueue, declareExchange, drainAll, publishKeys } from "../routing-tools.ts";

export const exchangeBindings: ConformanceArea = {
  name: "exchange-bindings",
  cases: [
    {
      title: "routes by the type of the source exchange, then by the type of the destination exchange",
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
      title: "delivers with the exchange and the key of the publish",
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
      title: "gives a queue one copy even if several paths lead to it",
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
      title: "accepts a cycle of exchange bindings, and routes a message through it once",
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
      title: "accepts a binding from an exchange to itself",
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
      title: "routes a message through a long chain of exchanges",
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
      title: "treats a repeated exchange binding as one, which can be removed",
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
      title: "removes an exchange binding with its source or its destination",
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
      title: "deletes an auto-delete source exchange with its last exchange binding",
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
      title: "does not keep an auto-delete destination exchange because of an exchange binding",
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
      title: "treats a source exchange with an exchange binding as used",
      async run(context) {
        const { client, channel } = await open(context);
        const source = await declareExchange(context, channel, "direct");
        await channel.bindExchange("amq.fanout", source, "key");
        const error = await refusal(client, () => channel.deleteExchange(source, { ifUnused: true }));
        expect(error).toMatchObject({ scope: "channel", code: 406 });
      },
    },
    {
      title: "refuses an exchange binding with 404 if source or destination does not exist, and names the source first",
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
      title: "accepts an unbind of an exchange binding that does not exist",
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
