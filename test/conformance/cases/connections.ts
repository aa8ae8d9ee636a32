// An open connection: its channels, its end, and what it receives.
import { once } from "node:events";
import { expect } from "vitest";
import { until } from "../../support/broker.ts";
import { connectionError, refusal } from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { heartbeatFrame } from "../raw-codec.ts";
import { RawConnection } from "../raw-connection.ts";

export const connections: ConformanceArea = {
  name: "connections",
  cases: [
    {
      title: "carries many channels, which can be closed separately",
      async run(context) {
        const client = await context.connect();
        const channels = await Promise.all(Array.from({ length: 50 }, () => client.channel()));
        const names = await Promise.all(
          channels.map(async (channel) => (await channel.assertQueue("", { exclusive: true })).queue),
        );
        expect(new Set(names).size).toBe(50);
        await Promise.all(channels.slice(1).map((channel) => channel.close()));
        expect(await channels[0]?.checkQueue(names[1] ?? "")).toMatchObject({ messageCount: 0 });
      },
    },
    {
      title: "allows a channel number again after its channel was closed",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        for (let round = 0; round < 3; round++) {
          await raw.openChannel(7);
          await raw.call(7, "ChannelClose", { replyCode: 200, replyText: "", classId: 0, methodId: 0 });
        }
      },
    },
    {
      title: "closes the connection with 504 if a channel is opened twice",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.method(1, "ChannelOpen");
        expect(await raw.refusal("connection")).toEqual(
          connectionError(504, "CHANNEL_ERROR - second 'channel.open' seen"),
        );
        await raw.dropped();
      },
    },
    {
      title: "closes the connection with 504 for a method on a channel that is not open",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        raw.method(3, "QueueDeclare", { queue: "", exclusive: true });
        expect(await raw.refusal("connection")).toEqual(
          connectionError(504, "CHANNEL_ERROR - expected 'channel.open'"),
        );
      },
    },
    {
      title: "closes the connection with 530 if a client opens more channels than were negotiated",
      async run(context) {
        await using raw = await RawConnection.open(context.url, { channelMax: 2 });
        await raw.openChannel(1);
        await raw.openChannel(2);
        raw.method(3, "ChannelOpen");
        const words = "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)";
        expect(await raw.refusal("connection")).toEqual(connectionError(530, words));
      },
    },
    {
      title: "ignores methods on a channel that it has closed, until the client confirms the close",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const queue = context.uniqueName("queue");
        await raw.openChannel(1);
        raw.method(1, "QueueDeclare", { queue: context.uniqueName("absent"), passive: true });
        raw.method(1, "QueueDeclare", { queue, exclusive: true });
        expect(await raw.refusal("channel")).toMatchObject({ code: 404 });
        await raw.openChannel(1);
        raw.method(1, "QueueDeclare", { queue, passive: true });
        expect(await raw.refusal("channel")).toMatchObject({ code: 404 });
      },
    },
    {
      title: "accepts a close of the connection while channels are open",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.openChannel(2);
        await raw.call(0, "ConnectionClose", { replyCode: 200, replyText: "bye", classId: 0, methodId: 0 });
      },
    },
    {
      title: "deletes exclusive queues after their connection was lost",
      async run(context) {
        const client = await context.connect();
        const queue = context.uniqueName("queue");
        {
          await using raw = await RawConnection.open(context.url);
          await raw.openChannel(1);
          await raw.call(1, "QueueDeclare", { queue, exclusive: true });
          const error = await refusal(client, async () => (await client.channel()).checkQueue(queue));
          expect(error.code).toBe(405);
        }
        await until(
          async () => (await refusal(client, async () => (await client.channel()).checkQueue(queue))).code === 404,
          { what: "the queue to be gone" },
        );
      },
    },
    {
      title: "accepts heartbeats at any time, even between the frames of a message",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.send(heartbeatFrame, heartbeatFrame);
        await raw.call(1, "QueueDeclare", { queue: context.uniqueName("queue"), exclusive: true });
      },
    },
    {
      title: "closes connections with 320 and the operator's reason",
      async run(context) {
        const client = await context.connect();
        await client.channel();
        const closed = once(client.connection, "close");
        await context.broker.closeConnections("maintenance at noon");
        await closed;
        expect(client.errors).toEqual([connectionError(320, "CONNECTION_FORCED - maintenance at noon")]);
      },
    },
    {
      title: "tells a client that publishes during an alarm that it is blocked, and later that it is unblocked",
      async run(context) {
        const publisher = await context.connect();
        const other = await context.connect();
        const told: string[] = [];
        publisher.connection.on("blocked", (reason) => told.push(`publisher: ${reason}`));
        other.connection.on("blocked", (reason) => told.push(`other: ${reason}`));
        const channel = await publisher.confirmChannel();
        await context.broker.setAlarm(true);
        channel.publish("amq.fanout", "", Buffer.from("held back"));
        await until(() => told.length > 0, { what: "connection.blocked" });
        // A connection that never published is not held up.
        await (await other.channel()).assertQueue("", { exclusive: true });
        const unblocked = once(publisher.connection, "unblocked");
        await context.broker.setAlarm(false);
        await unblocked;
        await channel.waitForConfirms();
        expect(told).toHaveLength(1);
        expect(told[0]).toMatch(/^publisher: low on /);
      },
    },
    {
      title: "sends no notice of an alarm to a client without that capability, but stops reading from it",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const client = await context.connect();
        const witness = await client.confirmChannel();
        const queue = context.uniqueName("queue");
        await raw.openChannel(1);
        await raw.call(1, "QueueDeclare", { queue, durable: true });
        await raw.call(1, "ConfirmSelect");
        const blocked = once(client.connection, "blocked");
        await context.broker.setAlarm(true);
        raw.publish(1, { routingKey: queue }, {}, "held back");
        witness.publish("amq.fanout", "", Buffer.from("held back"));
        await blocked;
        const observer = await (await context.connect()).channel();
        expect((await observer.checkQueue(queue)).messageCount).toBe(0);
        await context.broker.setAlarm(false);
        await raw.expect("BasicAck", 1);
        expect((await observer.checkQueue(queue)).messageCount).toBe(1);
      },
    },
  ],
};
