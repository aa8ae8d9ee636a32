// A consumer and everything that can end it: deleted queues, closed channels, lost connections, and its owner.
import { expect, it } from "vitest";
import { Consumer, type ConsumerSettings } from "../../src/amqp-client/consumer.ts";
import type { Delivery } from "../../src/amqp-client/delivery.ts";
import { declareQueue } from "../../src/amqp-client/topology.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  type ForeignConnection,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { type Disposable, openConnection, rejection } from "./client.ts";

/** A consumer that keeps what it is handed. */
class Kept implements AsyncDisposable {
  readonly deliveries: Delivery[] = [];
  readonly consumer: Consumer;
  lost = 0;

  constructor(settings: Pick<ConsumerSettings, "connection" | "queue"> & Partial<ConsumerSettings>) {
    this.consumer = new Consumer({
      prefetch: 10,
      logger: createSilentLogger(),
      onDelivery: (delivery) => this.deliveries.push(delivery),
      onLost: () => this.lost++,
      ...settings,
    });
  }

  get bodies(): string[] {
    return this.deliveries.map(({ content }) => content.toString());
  }

  /** Resolves when there are `count` deliveries, at least. */
  async got(count: number): Promise<void> {
    await until(() => this.deliveries.length >= count, { what: `${count} deliveries` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.consumer.close();
  }
}

async function makeQueue(foreign: ForeignConnection): Promise<string> {
  const queue = uniqueName("consume");
  await foreign.channel.assertQueue(queue, { durable: true, expires: 60_000 });
  return queue;
}

async function publishMany(foreign: ForeignConnection, queue: string, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  await Promise.all(numbers.map((number) => foreign.publish("", queue, String(number))));
}

/** Waits until the broker has nothing of the queue any more, ready or unacknowledged. */
async function emptied(connection: Disposable<object>, queue: string, foreign: ForeignConnection): Promise<void> {
  await connection[Symbol.asyncDispose]();
  await until(async () => (await foreign.queueInfo(queue))?.consumerCount === 0, { what: "the end of the consumer" });
  expect(await foreign.queueInfo(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
}

describeWithBroker("a consumer", () => {
  it("delivers the messages of the queue, in order, and acknowledges them", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    await foreign.publish("", queue, "a", { messageId: "m-1", headers: { colour: "red" }, contentType: "text/plain" });
    await publishMany(foreign, queue, 1, 300);
    await using kept = new Kept({ connection, queue });
    await kept.consumer.start();
    expect(kept.consumer.state).toBe("consuming");
    await kept.got(10);
    const [first] = kept.deliveries;
    expect(first).toMatchObject({ exchange: "", routingKey: queue, redelivered: false, settled: false, live: true });
    expect(first).toMatchObject({ deliveryCount: 0, headers: { colour: "red" } });
    expect(first?.properties).toMatchObject({ messageId: "m-1", contentType: "text/plain" });
    expect(kept.consumer.unsettled).toBe(10);
    for (let done = 0; done < 301; done++) {
      await kept.got(done + 1);
      expect(kept.deliveries[done]?.acknowledge()).toBe(true);
    }
    expect(first?.acknowledge()).toBe(false);
    expect(first?.requeue()).toBe(false);
    expect(kept.bodies).toEqual(["a", ...Array.from({ length: 300 }, (_, index) => String(index + 1))]);
    expect(kept.consumer.unsettled).toBe(0);
    await kept.consumer.close();
    await emptied(connection, queue, foreign);
  });

  it("settles in any order, including requeues, without loss or repetition", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    await publishMany(foreign, queue, 1, 400);
    await using kept = new Kept({ connection, queue, prefetch: 50 });
    await kept.consumer.start();
    const acknowledged = new Set<string>();
    let taken = 0;
    while (acknowledged.size < 400) {
      await kept.got(taken + 1);
      // Latest first, every seventh goes back at its first time.
      for (const delivery of kept.deliveries.slice(taken).toReversed()) {
        taken++;
        const body = delivery.content.toString();
        if (Number(body) % 7 === 0 && !delivery.redelivered) delivery.requeue();
        else if (delivery.acknowledge()) {
          expect(acknowledged.has(body)).toBe(false);
          acknowledged.add(body);
        }
      }
    }
    await kept.consumer.close();
    await emptied(connection, queue, foreign);
  });

  it("rejects its start with the broker's message when the queue is missing, and keeps the connection", async () => {
    await using connection = await openConnection();
    await using kept = new Kept({ connection, queue: uniqueName("absent") });
    const error = await rejection(kept.consumer.start());
    expect(error).toMatchObject({ replyCode: 404 });
    expect(error.message).toContain("NOT_FOUND");
    expect(connection.state).toBe("connected");
  });

  it("requeues a delivery whose listener threw, and continues", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    let thrown = 0;
    const taken: string[] = [];
    const onDelivery = (delivery: Delivery): void => {
      if (thrown++ === 0) throw new Error("not now");
      taken.push(delivery.content.toString());
      delivery.acknowledge();
    };
    await using kept = new Kept({ connection, queue, onDelivery });
    await kept.consumer.start();
    await foreign.publish("", queue, "a");
    await until(() => taken.length === 1, { what: "the message to come again" });
    expect(kept.consumer.state).toBe("consuming");
  });
});

describeWithBroker("the close of a consumer", () => {
  it("gives a quorum queue time to accept every acknowledgement, in any order", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    for (let round = 0; round < 5; round++) {
      const queue = uniqueName("closing");
      await foreign.channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
      await publishMany(foreign, queue, 1, 150);
      const first = new Kept({ connection, queue, prefetch: 150 });
      await first.consumer.start();
      await first.got(150);
      await first.consumer.cancel();
      // While the oldest runs the others are acknowledged one by one: as many frames as messages, and all at once.
      const [oldest, ...others] = first.deliveries;
      for (const delivery of others) delivery.acknowledge();
      await new Promise((resolve) => setImmediate(resolve));
      oldest?.acknowledge();
      await first.consumer.close();
      await foreign.publish("", queue, "the end");
      await using second = new Kept({ connection, queue });
      await second.consumer.start();
      await second.got(1);
      expect(second.bodies).toEqual(["the end"]);
      second.deliveries[0]?.acknowledge();
      await second.consumer.close();
      await foreign.deleteQueue(queue);
    }
  });
});

describeWithBroker("a change of the prefetch", () => {
  it("takes effect at once, and earlier deliveries can still be settled", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    await publishMany(foreign, queue, 1, 20);
    await using kept = new Kept({ connection, queue, prefetch: 2 });
    await kept.consumer.start();
    await kept.got(2);
    await Promise.all([kept.consumer.setPrefetch(3), kept.consumer.setPrefetch(5), kept.consumer.setPrefetch(7)]);
    expect(kept.consumer.prefetch).toBe(7);
    // RabbitMQ counts per consumer: the two from before do not count against the new one.
    await kept.got(9);
    for (let done = 0; done < 20; done++) {
      await kept.got(done + 1);
      expect(kept.deliveries[done]?.acknowledge()).toBe(true);
    }
    expect(kept.lost).toBe(0);
    await kept.consumer.close();
    await emptied(connection, queue, foreign);
  });
});

describeWithBroker("a paused consumer", () => {
  it("receives nothing until it resumes, and can settle what it holds", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    await using kept = new Kept({ connection, queue });
    await kept.consumer.start();
    await foreign.publish("", queue, "a");
    await kept.got(1);
    await kept.consumer.pause();
    await kept.consumer.pause();
    expect(kept.consumer.state).toBe("paused");
    await foreign.publish("", queue, "b");
    expect(await foreign.queueInfo(queue)).toEqual({ messageCount: 1, consumerCount: 0 });
    expect(kept.deliveries[0]?.acknowledge()).toBe(true);
    await kept.consumer.resume();
    await kept.got(2);
    expect(kept.bodies).toEqual(["a", "b"]);
    expect(kept.deliveries[1]?.acknowledge()).toBe(true);
    await kept.consumer.close();
    await emptied(connection, queue, foreign);
  });

  it("declares its queue again if that was deleted in the meantime", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    const redeclare = async (): Promise<void> => void (await foreign.channel.assertQueue(queue, { expires: 60_000 }));
    await using kept = new Kept({ connection, queue, redeclare });
    await kept.consumer.start();
    await kept.consumer.pause();
    await foreign.deleteQueue(queue);
    await kept.consumer.resume();
    await until(() => kept.consumer.state === "consuming", { what: "the consumer to come back" });
    await foreign.publish("", queue, "a");
    await kept.got(1);
  });
});

describeWithBroker("a cancelled consumer", () => {
  it("receives nothing more, settles what it has, and requeues the rest at its close", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    await publishMany(foreign, queue, 1, 3);
    await using kept = new Kept({ connection, queue, prefetch: 2 });
    await kept.consumer.start();
    await kept.got(2);
    await kept.consumer.cancel();
    expect(kept.consumer.state).toBe("cancelled");
    expect(kept.deliveries[0]?.acknowledge()).toBe(true);
    await kept.consumer.close();
    await kept.consumer.close();
    expect(kept.consumer.state).toBe("closed");
    expect(kept.deliveries[1]?.live).toBe(false);
    expect(kept.deliveries[1]?.acknowledge()).toBe(false);
    expect(kept.deliveries.length).toBe(2);
    const requeued = async (): Promise<boolean> => (await foreign.queueInfo(queue))?.messageCount === 2;
    await until(requeued, { what: "the rest in its queue" });
    expect(await foreign.queueInfo(queue)).toEqual({ messageCount: 2, consumerCount: 0 });
  });

  it("may be followed by acknowledgements, which have no effect", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    await publishMany(foreign, queue, 1, 4);
    await using kept = new Kept({ connection, queue });
    await kept.consumer.start();
    await kept.got(4);
    const closing = kept.consumer.close();
    for (let turn = 0; turn < 4; turn++) {
      kept.deliveries[turn]?.acknowledge();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closing;
    // An exception in a later turn would have ended this process.
    expect(connection.state).toBe("connected");
  });
});

describeWithBroker("a queue that is deleted under its consumer", () => {
  it("is declared and consumed again, and the consumer reports which deliveries became invalid", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection();
    const queue = await makeQueue(foreign);
    let declared = 0;
    const redeclare = async (): Promise<void> => {
      // The first attempt fails: it is tried again.
      if (++declared === 1) throw new Error("not yet");
      await declareQueue(connection, { name: queue, arguments: { "x-expires": 60_000 } }, { strict: true });
    };
    await using kept = new Kept({ connection, queue, redeclare });
    await kept.consumer.start();
    await foreign.publish("", queue, "a");
    await kept.got(1);
    await foreign.deleteQueue(queue);
    await until(() => kept.lost === 1, { what: "the loss to be told" });
    await until(() => kept.consumer.state === "consuming", { what: "the consumer to come back" });
    expect(declared).toBe(2);
    expect(kept.deliveries[0]?.live).toBe(false);
    expect(kept.deliveries[0]?.acknowledge()).toBe(false);
    await foreign.publish("", queue, "b");
    await kept.got(2);
    expect(kept.deliveries[1]?.acknowledge()).toBe(true);
    await kept.consumer.close();
    await emptied(connection, queue, foreign);
  });
});

describeWithPrivateBroker("a connection lost under its consumer", () => {
  it("makes unsettled deliveries invalid, and the broker redelivers them without loss", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    await using connection = await openConnection({ url: host.url });
    const queue = uniqueName("consume");
    let declared = 0;
    const redeclare = async (): Promise<void> => {
      declared++;
      await declareQueue(connection, { name: queue, arguments: {} }, { strict: true });
    };
    await redeclare();
    await publishMany(foreign, queue, 1, 5);
    await using kept = new Kept({ connection, queue, redeclare });
    await kept.consumer.start();
    await kept.got(5);
    kept.deliveries[0]?.acknowledge();
    await new Promise((resolve) => setImmediate(resolve));
    // A question on the same connection: its answer comes after the broker has read the acknowledgement.
    await connection.withChannel((channel) => channel.checkQueue(queue));
    await operator().closeConnections("test", host.name);
    await until(() => kept.lost === 1 && kept.consumer.state === "consuming", { what: "the consumer to come back" });
    expect(kept.deliveries.slice(0, 5).some(({ live }) => live)).toBe(false);
    expect(kept.deliveries[1]?.acknowledge()).toBe(false);
    await kept.got(9);
    expect(kept.bodies.slice(5)).toEqual(["2", "3", "4", "5"]);
    expect(declared).toBe(2);
    for (const delivery of kept.deliveries.slice(5)) expect(delivery).toMatchObject({ redelivered: true, live: true });
    for (const delivery of kept.deliveries.slice(5)) expect(delivery.acknowledge()).toBe(true);
    await kept.consumer.close();
    await using witness = await connectForeign(host.url);
    await emptied(connection, queue, witness);
  });

  it("leaves a paused consumer paused, and it resumes on the new connection", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url });
    const queue = uniqueName("consume");
    await declareQueue(connection, { name: queue, arguments: {} }, { strict: true });
    await using kept = new Kept({ connection, queue });
    await kept.consumer.start();
    await kept.consumer.pause();
    await operator().closeConnections("test", host.name);
    await until(() => kept.lost === 1 && connection.state === "connected", { what: "the connection to come back" });
    expect(kept.consumer.state).toBe("paused");
    await kept.consumer.resume();
    await until(() => kept.consumer.state === "consuming", { what: "the consumer to resume" });
    await using foreign = await connectForeign(host.url);
    await foreign.publish("", queue, "a");
    await kept.got(1);
  });
});
