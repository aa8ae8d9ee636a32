// Alternate exchanges: where a message goes that its exchange has no way for.
import { expect } from "vitest";
import { drain, isRouted, open, publish } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { boundQueue, declareExchange } from "../routing-tools.ts";

export const alternateExchanges: ConformanceArea = {
  name: "alternate-exchanges",
  cases: [
    {
      title: "sends only unroutable messages to the alternate exchange",
      async run(context) {
        const { channel } = await open(context);
        const alternate = await declareExchange(context, channel, "fanout");
        const exchange = await declareExchange(context, channel, "direct", { alternateExchange: alternate });
        const known = await boundQueue(context, channel, exchange, "known");
        const rest = await boundQueue(context, channel, alternate, "");
        await publish(channel, exchange, "known", "a");
        await publish(channel, exchange, "unknown", "b");
        expect(await drain(channel, known)).toEqual(["a"]);
        expect(await drain(channel, rest)).toEqual(["b"]);
      },
    },
    {
      title: "keeps the original exchange and routing key of a message that the alternate exchange gets",
      async run(context) {
        const { channel } = await open(context);
        const alternate = await declareExchange(context, channel, "fanout");
        const exchange = await declareExchange(context, channel, "direct", { alternateExchange: alternate });
        const rest = await boundQueue(context, channel, alternate, "");
        await publish(channel, exchange, "unknown", "a");
        expect(await channel.get(rest)).toMatchObject({ fields: { exchange, routingKey: "unknown" } });
      },
    },
    {
      title: "routes in the alternate exchange by the same key",
      async run(context) {
        const { channel } = await open(context);
        const alternate = await declareExchange(context, channel, "topic");
        const exchange = await declareExchange(context, channel, "direct", { alternateExchange: alternate });
        const rest = await boundQueue(context, channel, alternate, "order.*");
        await publish(channel, exchange, "order.paid", "a");
        await publish(channel, exchange, "user.born", "b");
        expect(await drain(channel, rest)).toEqual(["a"]);
      },
    },
    {
      title: "does not return a mandatory message that the alternate exchange routes",
      async run(context) {
        const { channel } = await open(context);
        const alternate = await declareExchange(context, channel, "direct");
        const exchange = await declareExchange(context, channel, "direct", { alternateExchange: alternate });
        await boundQueue(context, channel, alternate, "rest");
        expect(await isRouted(channel, exchange, "rest")).toBe(true);
        expect(await isRouted(channel, exchange, "nowhere")).toBe(false);
      },
    },
    {
      title: "follows a chain of alternate exchanges",
      async run(context) {
        const { channel } = await open(context);
        const last = await declareExchange(context, channel, "fanout");
        const middle = await declareExchange(context, channel, "direct", { alternateExchange: last });
        const first = await declareExchange(context, channel, "direct", { alternateExchange: middle });
        const rest = await boundQueue(context, channel, last, "");
        await publish(channel, first, "key", "a");
        expect(await drain(channel, rest)).toEqual(["a"]);
      },
    },
    {
      title: "accepts a cycle of alternate exchanges, and drops a message that no queue in it gets",
      async run(context) {
        const { channel } = await open(context);
        const [one, two] = [context.uniqueName("one"), context.uniqueName("two")];
        await channel.assertExchange(one, "direct", { alternateExchange: two });
        await channel.assertExchange(two, "direct", { alternateExchange: one });
        expect(await isRouted(channel, one, "key")).toBe(false);
        const queue = await boundQueue(context, channel, two, "key");
        await publish(channel, one, "key", "a");
        expect(await drain(channel, queue)).toEqual(["a"]);
      },
    },
    {
      title: "drops an unroutable message if its alternate exchange does not exist",
      async run(context) {
        const { channel } = await open(context);
        const absent = context.uniqueName("absent");
        const exchange = await declareExchange(context, channel, "direct", { alternateExchange: absent });
        expect(await isRouted(channel, exchange, "key")).toBe(false);
        await channel.assertExchange(absent, "fanout");
        await boundQueue(context, channel, absent, "");
        expect(await isRouted(channel, exchange, "key")).toBe(true);
      },
    },
    {
      title: "uses the alternate exchange of an exchange that gets its messages from another exchange",
      async run(context) {
        const { channel } = await open(context);
        const alternate = await declareExchange(context, channel, "fanout");
        const inner = await declareExchange(context, channel, "direct", { alternateExchange: alternate });
        const front = await declareExchange(context, channel, "fanout");
        const beside = await boundQueue(context, channel, front, "");
        const rest = await boundQueue(context, channel, alternate, "");
        await channel.bindExchange(inner, front, "");
        await publish(channel, front, "key", "a");
        expect(await drain(channel, beside)).toEqual(["a"]);
        expect(await drain(channel, rest)).toEqual(["a"]);
      },
    },
  ],
};
