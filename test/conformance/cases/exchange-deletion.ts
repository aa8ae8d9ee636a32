// The end of an exchange: deleted by a client, or with its last binding.
import { expect } from "vitest";
import { channelError, drain, open, publish, refusal, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ReplyError } from "../conformance-case.ts";
import { boundQueue, declareExchange } from "../routing-tools.ts";

export const exchangeDeletion: ConformanceArea = {
  name: "exchange-deletion",
  cases: [
    {
      title: "deletes an exchange with its bindings",
      async run(context) {
        const { channel } = await open(context);
        const name = await declareExchange(context, channel, "fanout");
        const queue = await boundQueue(context, channel, name, "");
        await channel.deleteExchange(name);
        await channel.assertExchange(name, "fanout");
        await publish(channel, name, "", "lost");
        expect(await drain(channel, queue)).toEqual([]);
      },
    },
    {
      title: "accepts the deletion of an exchange that does not exist",
      async run(context) {
        const { channel } = await open(context);
        expect(await channel.deleteExchange(context.uniqueName("absent"))).toEqual({});
      },
    },
    {
      title: "does not delete an exchange with bindings if it should be unused",
      async run(context) {
        const { client, channel } = await open(context);
        const name = await declareExchange(context, channel, "direct");
        await boundQueue(context, channel, name, "key");
        expect(await refusal(client, () => channel.deleteExchange(name, { ifUnused: true }))).toEqual(
          channelError(406, `PRECONDITION_FAILED - exchange '${name}' in vhost '${virtualHostOf(context)}' in use`),
        );
        await (await client.channel()).checkExchange(name);
      },
    },
    {
      title: "treats an exchange as unused if it is only the destination of a binding",
      async run(context) {
        const { client, channel } = await open(context);
        const name = await declareExchange(context, channel, "direct");
        await channel.bindExchange(name, "amq.direct", "key");
        await channel.deleteExchange(name, { ifUnused: true });
        expect(await refusal(client, () => channel.checkExchange(name))).toEqual(noExchange(context, name));
      },
    },
    {
      title: "deletes an auto-delete exchange with its last binding, but not before its first one",
      async run(context) {
        const { client, channel } = await open(context);
        const name = await declareExchange(context, channel, "direct", { autoDelete: true });
        await channel.checkExchange(name);
        const queue = await boundQueue(context, channel, name, ["one", "two"]);
        await channel.unbindQueue(queue, name, "one");
        await channel.checkExchange(name);
        await channel.unbindQueue(queue, name, "two");
        expect(await refusal(client, () => channel.checkExchange(name))).toEqual(noExchange(context, name));
      },
    },
    {
      title: "deletes an auto-delete exchange with the last queue that was bound to it",
      async run(context) {
        const { client, channel } = await open(context);
        const name = await declareExchange(context, channel, "fanout", { autoDelete: true });
        const queue = await boundQueue(context, channel, name, "");
        await channel.deleteQueue(queue);
        expect(await refusal(client, () => channel.checkExchange(name))).toEqual(noExchange(context, name));
      },
    },
  ],
};

function noExchange(context: CaseContext, name: string): ReplyError {
  return channelError(404, `NOT_FOUND - no exchange '${name}' in vhost '${virtualHostOf(context)}'`);
}
