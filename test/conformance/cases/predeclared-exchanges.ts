// The default exchange and the others that a virtual host begins with.
import { expect } from "vitest";
import { channelError, open, refusal, send, virtualHostOf } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { boundQueue } from "../routing-tools.ts";

const predeclared = { "amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic", "amq.headers": "headers" };

export const predeclaredExchanges: ConformanceArea = {
  name: "predeclared-exchanges",
  cases: [
    {
      title: "has the predeclared exchanges in every virtual host",
      async run(context) {
        const { channel } = await open(context);
        for (const [name, type] of Object.entries(predeclared)) await channel.assertExchange(name, type);
        await channel.checkExchange("amq.match");
      },
    },
    {
      title: "does not delete a predeclared exchange",
      async run(context) {
        const { client, channel } = await open(context);
        const words = `deletion of system exchange 'amq.direct' in vhost '${virtualHostOf(context)}' not allowed`;
        expect(await refusal(client, () => channel.deleteExchange("amq.direct"))).toEqual(
          channelError(403, `ACCESS_REFUSED - ${words}`),
        );
      },
    },
    {
      title: "refuses names that begin with amq.",
      async run(context) {
        const { client, channel } = await open(context);
        const name = `amq.${context.uniqueName("exchange")}`;
        expect(await refusal(client, () => channel.assertExchange(name, "direct"))).toEqual(
          channelError(403, `ACCESS_REFUSED - exchange name '${name}' contains reserved prefix 'amq.*'`),
        );
      },
    },
    {
      title: "refuses to declare, check, delete or bind the default exchange",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await boundQueue(context, channel, "amq.direct", []);
        const refused = channelError(403, "ACCESS_REFUSED - operation not permitted on the default exchange");
        const attempts: readonly ((channel: Awaited<ReturnType<typeof client.channel>>) => Promise<unknown>)[] = [
          (one) => one.assertExchange("", "direct"),
          (one) => one.checkExchange(""),
          (one) => one.deleteExchange(""),
          (one) => one.bindQueue(queue, "", "key"),
          (one) => one.unbindQueue(queue, "", queue),
          (one) => one.bindExchange("amq.fanout", "", "key"),
          (one) => one.bindExchange("", "amq.fanout", "key"),
        ];
        for (const attempt of attempts) {
          const own = await client.channel();
          expect(await refusal(client, () => attempt(own))).toEqual(refused);
        }
      },
    },
    {
      title: "routes through the default exchange to the queue with the name of the key",
      async run(context) {
        const { channel } = await open(context);
        const queue = await boundQueue(context, channel, "amq.direct", []);
        await send(channel, queue, "straight");
        const message = await channel.get(queue, { noAck: true });
        expect(message).toMatchObject({ fields: { exchange: "", routingKey: queue } });
      },
    },
  ],
};
