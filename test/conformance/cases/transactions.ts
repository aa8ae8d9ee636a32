// Transactions of a channel: publishes and acknowledgements that count together, or not at all.
import { expect } from "vitest";
import { channelError, counts, declareQueue, drain, open, sendAll, untilReady } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { RawConnection } from "../raw-connection.ts";

export const transactions: ConformanceArea = {
  name: "transactions",
  cases: [
    {
      title: "holds publishes back until the commit",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        for (const body of ["a", "b"]) raw.publish(1, { routingKey: queue }, {}, body);
        // Its answer comes after the publishes were read.
        await raw.call(1, "BasicQos", { prefetchCount: 1, prefetchSize: 0, global: false });
        expect((await counts(channel, queue)).messages).toBe(0);
        await raw.call(1, "TxCommit");
        expect(await drain(channel, queue)).toEqual(["a", "b"]);
      },
    },
    {
      title: "drops publishes at a rollback",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.publish(1, { routingKey: queue }, {}, "never");
        await raw.call(1, "TxRollback");
        raw.publish(1, { routingKey: queue }, {}, "later");
        await raw.call(1, "TxCommit");
        expect(await drain(channel, queue)).toEqual(["later"]);
      },
    },
    {
      title: "begins the next transaction after each commit",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.publish(1, { routingKey: queue }, {}, "one");
        await raw.call(1, "TxCommit");
        await raw.call(1, "TxSelect");
        raw.publish(1, { routingKey: queue }, {}, "two");
        await raw.call(1, "TxRollback");
        await raw.call(1, "TxCommit");
        expect(await drain(channel, queue)).toEqual(["one"]);
      },
    },
    {
      title: "drops uncommitted publishes when the channel closes",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.publish(1, { routingKey: queue }, {}, "never");
        await raw.call(1, "ChannelClose", { replyCode: 200, replyText: "", classId: 0, methodId: 0 });
        expect(await drain(channel, queue)).toEqual([]);
      },
    },
    {
      title: "holds acknowledgements back until the commit",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a", "b"]);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        for (const deliveryTag of [1, 2]) {
          raw.method(1, "BasicGet", { queue });
          await raw.message("BasicGetOk", 1);
          raw.method(1, "BasicAck", { deliveryTag });
          if (deliveryTag === 1) await raw.call(1, "TxCommit");
        }
        await raw.call(1, "ChannelClose", { replyCode: 200, replyText: "", classId: 0, methodId: 0 });
        // The second acknowledgement was not committed: its message is back.
        await untilReady(channel, queue, 1);
        expect(await drain(channel, queue)).toEqual(["b"]);
      },
    },
    {
      title: "accepts an acknowledgement of the same delivery after a rollback",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a"]);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.method(1, "BasicGet", { queue });
        await raw.message("BasicGetOk", 1);
        raw.method(1, "BasicAck", { deliveryTag: 1 });
        await raw.call(1, "TxRollback");
        expect((await counts(channel, queue)).messages).toBe(0);
        raw.method(1, "BasicReject", { deliveryTag: 1, requeue: true });
        await raw.call(1, "TxCommit");
        await untilReady(channel, queue, 1);
      },
    },
    {
      title: "requeues at the commit",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await sendAll(channel, queue, ["a"]);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.method(1, "BasicGet", { queue });
        await raw.message("BasicGetOk", 1);
        raw.method(1, "BasicNack", { deliveryTag: 1, requeue: true });
        await raw.call(1, "BasicQos", { prefetchCount: 1, prefetchSize: 0, global: false });
        expect((await counts(channel, queue)).messages).toBe(0);
        await raw.call(1, "TxCommit");
        await untilReady(channel, queue, 1);
      },
    },
    {
      title: "returns mandatory messages before commit-ok",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.publish(1, { routingKey: context.uniqueName("absent"), mandatory: true }, {}, "nobody");
        raw.method(1, "TxCommit");
        expect((await raw.message("BasicReturn", 1)).method).toMatchObject({ replyCode: 312 });
        await raw.expect("TxCommitOk", 1);
      },
    },
    {
      title: "commits nothing if a publish closes the channel",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.publish(1, { routingKey: queue }, {}, "with the others");
        raw.publish(1, { exchange: context.uniqueName("absent") }, {}, "wrong");
        expect(await raw.refusal("channel")).toMatchObject({ code: 404 });
        await raw.openChannel(1);
        expect(await drain(channel, queue)).toEqual([]);
      },
    },
    {
      title: "refuses an unknown delivery tag at once",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.call(1, "TxSelect");
        raw.method(1, "BasicAck", { deliveryTag: 99 });
        expect(await raw.refusal("channel")).toEqual(
          channelError(406, "PRECONDITION_FAILED - unknown delivery tag 99"),
        );
      },
    },
    {
      title: "refuses commit and rollback on a channel without tx.select",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        for (const method of ["TxCommit", "TxRollback"]) {
          await raw.openChannel(1);
          raw.method(1, method);
          expect(await raw.refusal("channel")).toEqual(
            channelError(406, "PRECONDITION_FAILED - channel is not transactional"),
          );
        }
      },
    },
  ],
};
