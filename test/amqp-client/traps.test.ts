// What amqplib does on its own would lose messages, connections or memory; our client avoids each of these traps.
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, it } from "vitest";
import type { AmqpChannel } from "../../src/amqp-client/channel.ts";
import { closeChannel } from "../../src/amqp-client/close-channel.ts";
import type { AmqpConnection } from "../../src/amqp-client/connection.ts";
import { Consumer } from "../../src/amqp-client/consumer.ts";
import type { Delivery } from "../../src/amqp-client/delivery.ts";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { RawBytes } from "../../src/envelopes/raw-bytes.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import {
  amqpUrl,
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { startOwnBroker } from "../support/own-broker.ts";
import { createPublisher, messageTo, openConnection, rejection } from "./client.ts";

async function withQueue(url: string | undefined, use: (queue: string) => Promise<void>): Promise<void> {
  await using foreign = await connectForeign(url);
  const queue = uniqueName("trap");
  await foreign.channel.assertQueue(queue, { durable: true, expires: 60_000 });
  await use(queue);
}

/** Keeps every channel that a connection opens from now on. */
function channelsOf(connection: AmqpConnection): AmqpChannel[] {
  const channels: AmqpChannel[] = [];
  const open = connection.openChannel.bind(connection);
  connection.openChannel = async () => {
    const channel = await open();
    channels.push(channel);
    return channel;
  };
  return channels;
}

/** A way to the broker on which the test can send to the client too. */
class Interloper implements AsyncDisposable {
  readonly #clients = new Set<Socket>();
  readonly #server: Server;

  constructor(target: URL) {
    this.#server = createServer((client) => {
      const broker = connect(Number(target.port), target.hostname);
      for (const [from, to] of [[client, broker] as const, [broker, client] as const]) {
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
      }
      this.#clients.add(client);
      client.on("close", () => this.#clients.delete(client));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as { readonly port: number }).port;
  }

  say(bytes: Buffer): void {
    for (const client of this.#clients) client.write(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describeWithBroker("a trap of amqplib", () => {
  it("an error of a channel without a listener closes the connection; our channels always have a listener", async () => {
    await using connection = await openConnection();
    const [bad, good] = [await connection.openChannel(), await connection.openConfirmChannel()];
    await rejection(bad.checkQueue("absent-for-certain"));
    await good.checkExchange("amq.topic");
    expect(connection.state).toBe("connected");
  });

  it("an exception in a consumer's callback closes its channel; our consumer requeues the message and continues", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection);
    await withQueue(undefined, async (queue) => {
      const bodies: string[] = [];
      const onDelivery = (delivery: Delivery): void => {
        bodies.push(delivery.content.toString());
        if (bodies.length === 1) throw new Error("a bug");
        delivery.acknowledge();
      };
      let lost = 0;
      const consumer = new Consumer({
        connection,
        queue,
        prefetch: 1,
        logger: createSilentLogger(),
        onDelivery,
        onLost: () => lost++,
      });
      await consumer.start();
      await publisher.publish(messageTo(queue, "a"));
      await publisher.publish(messageTo(queue, "b"));
      await until(() => bodies.length === 3, { what: "three deliveries" });
      expect(bodies.sort()).toEqual(["a", "a", "b"]);
      expect(lost).toBe(0);
      await consumer.close();
    });
  });

  it("an invalid acknowledgement closes a consumer's channel permanently; our consumer consumes again", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection);
    const channels = channelsOf(connection);
    await withQueue(undefined, async (queue) => {
      const bodies: string[] = [];
      let lost = 0;
      const consumer = new Consumer({
        connection,
        queue,
        prefetch: 1,
        logger: createSilentLogger(),
        onDelivery: (delivery) => {
          bodies.push(delivery.content.toString());
          delivery.acknowledge();
        },
        onLost: () => lost++,
      });
      await consumer.start();
      for (const channel of channels) channel.ack(99);
      await until(() => lost === 1 && consumer.state === "consuming", { what: "the consumer to be back" });
      await publisher.publish(messageTo(queue, "after"));
      await until(() => bodies.length === 1, { what: "a delivery" });
      expect(connection.state).toBe("connected");
      await consumer.close();
    });
  });

  it("an invalid frame leaves the socket half open; our connection is closed and opened again", async () => {
    await using interloper = new Interloper(new URL(amqpUrl ?? ""));
    const url = new URL(amqpUrl ?? "");
    url.port = String(await interloper.listen());
    await using connection = await openConnection({ url: url.href });
    const told: string[] = [];
    connection.subscribe({ lost: ({ message }) => told.push(message), opened: () => told.push("opened") });
    interloper.say(Buffer.from("no frame at all, but long enough to be taken for one"));
    await until(() => told.length === 2, { what: "the loss and the return" });
    expect(told[1]).toBe("opened");
    await connection.withChannel((channel) => channel.checkExchange("amq.topic"));
  });

  it("close() of a channel never settles if the connection closes first; ours settles", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using connection = await openConnection({ url: proxy.url });
    const channel = await connection.openChannel();
    proxy.stall("toClient");
    const closing = closeChannel(channel);
    proxy.cut({ reset: true });
    await closing;
    expect(() => channel.ack(1)).toThrow();
    proxy.resume();
  });

  it("publish() never refuses; our publisher stops at its window when nothing is sent", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using connection = await openConnection({ url: proxy.url }, "publishing");
    await withQueue(undefined, async (queue) => {
      await using publisher = createPublisher(connection, { maxUnconfirmedBytes: 2 ** 20 });
      const body = Buffer.alloc(2 ** 16);
      await publisher.publish(messageTo(queue, body));
      proxy.stall("toBroker");
      const publishes = Array.from({ length: 1000 }, () => publisher.publish(messageTo(queue, body)));
      expect(publisher.unconfirmed).toBeLessThanOrEqual(17);
      expect(publisher.waiting + publisher.unconfirmed).toBe(1000);
      proxy.resume();
      await Promise.all(publishes);
    });
  });

  it("a message's content is a view of the read buffer; ours has its own memory", async () => {
    const read = Buffer.alloc(2 ** 16, "x");
    const content = read.subarray(100, 200);
    const { message } = await RawBytes.parseMessage(content, {});
    expect((message as Buffer).buffer).not.toBe(read.buffer);
    read.fill("y");
    expect((message as Buffer).toString()).toBe("x".repeat(100));
  });

  it("the heartbeat is whatever the broker proposes; ours is 10 s, and a silent peer is disconnected", async () => {
    expect(resolveConnectionOptions({}, {}).heartbeat).toBe(10);
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using connection = await openConnection({ url: proxy.url, heartbeat: 1 });
    proxy.freeze();
    await until(() => connection.state === "reconnecting" || proxy.accepted === 2, { what: "the loss" });
    expect(connection.lastError).toContain("Heartbeat timeout");
  });
});

describeWithPrivateBroker("a trap of amqplib, with a broker that an operator controls", () => {
  it("a blocked connection delays its acknowledgements; ours use another connection", async () => {
    await using broker = await startOwnBroker("alarm");
    await using publishing = await openConnection({ url: broker.url }, "publishing");
    await using consuming = await openConnection({ url: broker.url });
    await using publisher = createPublisher(publishing);
    await withQueue(broker.url, async (queue) => {
      const publishes: Promise<unknown>[] = [];
      const publish = (): number => publishes.push(publisher.publish(messageTo(queue, "x")));
      for (let count = 0; count < 10; count++) publish();
      await Promise.all(publishes);
      await broker.setAlarm(true);
      try {
        await until(() => publish() > 0 && publishing.blocked, { what: "the broker to block" });
        let acknowledged = 0;
        const onDelivery = (delivery: Delivery): void => void (delivery.acknowledge() && acknowledged++);
        const logger = createSilentLogger();
        const consumer = new Consumer({ connection: consuming, queue, prefetch: 1, logger, onDelivery });
        await consumer.start();
        // With a prefetch of one each delivery but the first comes after the broker has read an acknowledgement.
        await until(() => acknowledged >= 10, { what: "ten deliveries" });
        await consumer.close();
      } finally {
        await broker.setAlarm(false);
      }
      await Promise.all(publishes);
    });
  });

  it("ack on a closed channel throws, and on a new channel settles another message; ours has no effect", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url });
    await using publisher = createPublisher(connection);
    const queue = "unsettled";
    await connection.withChannel((channel) => channel.assertQueue(queue));
    const deliveries: Delivery[] = [];
    const onDelivery = (delivery: Delivery): unknown => deliveries.push(delivery);
    const consumer = new Consumer({ connection, queue, prefetch: 2, logger: createSilentLogger(), onDelivery });
    await consumer.start();
    for (const body of ["a", "b"]) await publisher.publish(messageTo(queue, body));
    await until(() => deliveries.length === 2, { what: "two deliveries" });
    await operator().closeConnections("test", host.name);
    await until(() => deliveries.length === 4, { what: "both again" });
    for (const stale of deliveries.slice(0, 2)) expect(stale.acknowledge()).toBe(false);
    await connection.withChannel((channel) => channel.checkQueue(queue));
    expect(consumer.unsettled).toBe(2);
    for (const fresh of deliveries.slice(2)) expect(fresh.acknowledge()).toBe(true);
    await consumer.close();
    expect((await connection.withChannel((channel) => channel.checkQueue(queue))).messageCount).toBe(0);
  });

  it("a forced close reports no error; our connection reports it with the reason", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url });
    const told: string[] = [];
    connection.subscribe({ lost: ({ message }) => told.push(message), opened: () => told.push("opened") });
    await operator().closeConnections("forced by a test", host.name);
    await until(() => told.length === 2, { what: "both to be told" });
    expect(told).toEqual([expect.stringContaining("forced by a test"), "opened"]);
  });
});
