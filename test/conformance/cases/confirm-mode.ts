// The mode in which a channel's publishes are confirmed: how it begins, and how it numbers them.
import { expect } from "vitest";
import { channelError } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { RawConnection } from "../raw-connection.ts";

export const confirmMode: ConformanceArea = {
  name: "confirm-mode",
  cases: [
    {
      title: "counts the publishes of a channel from 1",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        for (const channel of [1, 2]) {
          await raw.openChannel(channel);
          await raw.call(channel, "ConfirmSelect");
          for (const deliveryTag of [1, 2, 3]) {
            raw.publish(channel, { routingKey: "nowhere" }, {}, "x");
            expect(await raw.expect("BasicAck", channel)).toEqual({ deliveryTag, multiple: false });
          }
        }
      },
    },
    {
      title: "does not count publishes before confirm.select",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.publish(1, { routingKey: "nowhere" });
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: "nowhere" });
        expect(await raw.expect("BasicAck", 1)).toMatchObject({ deliveryTag: 1 });
      },
    },
    {
      title: "accepts a second confirm.select, and continues to count",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: "nowhere" });
        await raw.expect("BasicAck", 1);
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: "nowhere" });
        expect(await raw.expect("BasicAck", 1)).toMatchObject({ deliveryTag: 2 });
      },
    },
    {
      title: "accepts confirm.select with nowait",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.method(1, "ConfirmSelect", { nowait: true });
        raw.publish(1, { routingKey: "nowhere" });
        expect(await raw.expect("BasicAck", 1)).toMatchObject({ deliveryTag: 1 });
      },
    },
    {
      title: "confirms nothing before confirm.select",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.publish(1, { routingKey: "nowhere" });
        // What comes next is the answer to this.
        await raw.call(1, "BasicQos", { prefetchCount: 1, prefetchSize: 0, global: false });
      },
    },
    {
      title: "counts from 1 again on a channel that is opened after an error",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: "nowhere" });
        await raw.expect("BasicAck", 1);
        raw.publish(1, { exchange: context.uniqueName("absent") });
        expect(await raw.refusal("channel")).toMatchObject({ code: 404 });
        await raw.openChannel(1);
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: "nowhere" });
        expect(await raw.expect("BasicAck", 1)).toMatchObject({ deliveryTag: 1 });
      },
    },
    {
      title: "refuses transactions on a channel with confirms, and confirms on a channel with transactions",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        for (const [first, second, words] of [
          ["ConfirmSelect", "TxSelect", "cannot switch from confirm to tx mode"],
          ["TxSelect", "ConfirmSelect", "cannot switch from tx to confirm mode"],
        ] as const) {
          await raw.openChannel(1);
          await raw.call(1, first);
          raw.method(1, second);
          expect(await raw.refusal("channel")).toEqual(channelError(406, `PRECONDITION_FAILED - ${words}`));
        }
      },
    },
  ],
};
