// Publishes with confirms: what resolved is stored, what did not says why, and one bad publish affects no other.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Publisher } from "../../src/amqp-client/publisher.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import {
  amqpUrl,
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  type ForeignConnection,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { type OwnBroker, startOwnBroker } from "../support/own-broker.ts";
import { createConnection, createPublisher, messageTo, openConnection, rejection } from "./client.ts";

async function makeQueue(foreign: ForeignConnection, more: object = {}): Promise<string> {
  const queue = uniqueName("publish");
  await foreign.channel.assertQueue(queue, { durable: true, ...more });
  return queue;
}

/** Takes every message. By a consumer: while rabbitmqctl starts, a test can publish more than can be got one by one. */
async function bodiesOf(foreign: ForeignConnection, queue: string): Promise<string[]> {
  const bodies: string[] = [];
  const { messageCount } = await foreign.channel.checkQueue(queue);
  const { consumerTag } = await foreign.channel.consume(
    queue,
    (message) => void bodies.push(String(message?.content)),
    { noAck: true },
  );
  await until(() => bodies.length >= messageCount, { timeoutMs: 30_000, what: `${messageCount} messages of ${queue}` });
  await foreign.channel.cancel(consumerTag);
  return bodies;
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

describeWithBroker("a publisher", () => {
  it("opens its connection at the first publish, once for all publishes, and keeps the order", async () => {
    await using foreign = await connectForeign();
    await using connection = createConnection({}, "publishing");
    await using publisher = createPublisher(connection, { maxUnconfirmedMessages: 7 });
    const queue = await makeQueue(foreign);
    let opened = 0;
    connection.subscribe({ opened: () => opened++ });
    const receipts = await Promise.all(numbers(200).map((body) => publisher.publish(messageTo(queue, body))));
    expect(opened).toBe(1);
    expect(receipts.every(({ returned }) => !returned)).toBe(true);
    expect(publisher.unconfirmed + publisher.waiting).toBe(0);
    expect(await bodiesOf(foreign, queue)).toEqual(numbers(200));
    await foreign.deleteQueue(queue);
  });

  it("does not exceed its window of messages and bytes", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    const queue = await makeQueue(foreign);
    for (const limits of [{ maxUnconfirmedMessages: 5 }, { maxUnconfirmedBytes: 5 * 1000 }]) {
      await using publisher = createPublisher(connection, limits);
      await publisher.publish(messageTo(queue, "warm"));
      const publishes = numbers(50).map(() => publisher.publish(messageTo(queue, Buffer.alloc(1000))));
      expect(publisher.unconfirmed).toBe(5);
      expect(publisher.waiting).toBe(45);
      await publisher.flush();
      expect(publisher.unconfirmed + publisher.waiting).toBe(0);
      await Promise.all(publishes);
    }
    await foreign.deleteQueue(queue);
  });

  it("sends large messages, and names a message that is too large before it is sent", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection, { maxMessageBytes: 5_000_000 });
    const queue = await makeQueue(foreign);
    const large = Buffer.alloc(4_000_000, "x");
    await Promise.all([1, 2, 3].map(() => publisher.publish(messageTo(queue, large))));
    expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 3 });
    const error = await rejection(publisher.publish(messageTo(queue, Buffer.alloc(5_000_001))));
    expect(error.code).toBe("ERR_AMQP_MESSAGE_TOO_LARGE");
    await foreign.deleteQueue(queue);
  });

  it("reports that a message reached no queue, and that equal messages did", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    const key = uniqueName("nobody");
    const receipts = await Promise.all([
      publisher.publish(messageTo(queue, "a", { mandatory: true })),
      publisher.publish(messageTo(key, "b", { mandatory: true })),
      publisher.publish(messageTo(key, "c")),
      publisher.publish(messageTo(key, "d", { exchange: "amq.topic", mandatory: true })),
      publisher.publish(messageTo(queue, "e", { mandatory: true })),
    ]);
    expect(receipts.map(({ returned }) => returned)).toEqual([false, true, false, true, false]);
    await foreign.deleteQueue(queue);
  });

  it("rejects at once a message that a full queue refuses, explains it, and sends it to no other queue twice", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign, { arguments: { "x-max-length": 1, "x-overflow": "reject-publish" } });
    const roomy = await makeQueue(foreign);
    for (const bound of [queue, roomy]) await foreign.channel.bindQueue(bound, "amq.fanout", queue);
    let published = 0;
    const publish = (): Promise<unknown> =>
      publisher.publish(messageTo(queue, `${published++}`, { exchange: "amq.fanout" }));
    const refused = await until(
      () =>
        publish().then(
          () => undefined,
          (error: Error) => error,
        ),
      {
        what: "the queue to refuse",
      },
    );
    expect(refused).toMatchObject({ code: "ERR_AMQP_PUBLISH_REFUSED" });
    expect(refused.message).toMatch(/Other queues may have stored it.*the same messageId.*retry policy/);
    expect(await bodiesOf(foreign, roomy)).toEqual(numbers(published));
    for (const bound of [queue, roomy]) await foreign.deleteQueue(bound);
  });

  it("rejects only a message that cannot be written as AMQP", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    const results = await Promise.allSettled([
      publisher.publish(messageTo(queue, "a")),
      publisher.publish(messageTo("k".repeat(300), "b")),
      publisher.publish(
        messageTo(queue, "c", { properties: { messageId: "m", headers: { large: "x".repeat(200_000) } } }),
      ),
      publisher.publish(messageTo(queue, "d")),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(await bodiesOf(foreign, queue)).toEqual(["a", "d"]);
    await foreign.deleteQueue(queue);
  });
});

describeWithBroker("publishes beside good ones", () => {
  const good = (publisher: Publisher, queue: string) =>
    numbers(100).map((body) => publisher.publish(messageTo(queue, body)));

  it("to a missing exchange are rejected by name, before they are sent", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    const exchange = uniqueName("absent");
    const bad = [1, 2, 3].map(() => rejection(publisher.publish(messageTo("key", "x", { exchange }))));
    const receipts = Promise.all(good(publisher, queue));
    for (const error of await Promise.all(bad)) {
      expect(error.code).toBe("ERR_AMQP_EXCHANGE_NOT_FOUND");
      expect(error.message).toContain(exchange);
    }
    await receipts;
    expect(await bodiesOf(foreign, queue)).toEqual(numbers(100));
    // It is checked again: the exchange may have been created in the meantime.
    await foreign.channel.assertExchange(exchange, "fanout");
    await publisher.publish(messageTo("key", "x", { exchange }));
    await foreign.channel.deleteExchange(exchange);
    await foreign.deleteQueue(queue);
  });

  it("to an exchange that was deleted later are rejected, and the good ones are sent again", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    const exchange = uniqueName("deleted");
    publisher.trustExchange(exchange);
    const before = good(publisher, queue);
    const bad = rejection(publisher.publish(messageTo("key", "x", { exchange })));
    const after = good(publisher, queue);
    expect((await bad).code).toBe("ERR_AMQP_EXCHANGE_NOT_FOUND");
    await Promise.all([...before, ...after]);
    const bodies = await bodiesOf(foreign, queue);
    expect(bodies.length).toBeGreaterThanOrEqual(200);
    expect(new Set(bodies)).toEqual(new Set(numbers(100)));
    await foreign.deleteQueue(queue);
  });

  it("that were sent and have no answer are not sent again if duplicates would do harm", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection, { republishUnknown: false });
    const queue = await makeQueue(foreign);
    const exchange = uniqueName("deleted");
    publisher.trustExchange(exchange);
    await publisher.publish(messageTo(queue, "warm"));
    const results = Promise.allSettled(good(publisher, queue));
    const bad = rejection(publisher.publish(messageTo("key", "x", { exchange })));
    expect((await bad).code).toBe("ERR_AMQP_EXCHANGE_NOT_FOUND");
    for (const result of await results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "ERR_AMQP_PUBLISH_UNKNOWN" });
    }
    const bodies = await bodiesOf(foreign, queue);
    expect(new Set(bodies).size).toBe(bodies.length);
    await foreign.deleteQueue(queue);
  });

  // A name that looks like the broker's message: a reader would blame the wrong exchange.
  it.each(["internal", "x' in vhost 'y", "topic 'a' in exchange 'amq.topic'"])(
    "that close the channel are found by publishing one by one, and rejected alone (%s)",
    async (name) => {
      await using foreign = await connectForeign();
      await using connection = await openConnection({}, "publishing");
      await using publisher = createPublisher(connection);
      const queue = await makeQueue(foreign);
      const exchange = uniqueName(name);
      await foreign.channel.assertExchange(exchange, "topic", { internal: true });
      publisher.trustExchange(exchange);
      await publisher.publish(messageTo(queue, "0"));
      const before = good(publisher, queue);
      const bad = [1, 2, 3].map((key) => rejection(publisher.publish(messageTo(`k${key}`, "x", { exchange }))));
      const after = good(publisher, queue);
      await Promise.all([...before, ...after]);
      for (const error of await Promise.all(bad)) {
        expect(error.code).toBe("ERR_AMQP_PUBLISH_REFUSED");
        expect(error.message).toContain(exchange);
      }
      const bodies = await bodiesOf(foreign, queue);
      expect(new Set(bodies)).toEqual(new Set(numbers(100)));
      // Each closing costs each unconfirmed publish one repetition at most.
      expect(bodies.length).toBeLessThanOrEqual(201 + 200 * 3);
      // What was confirmed once is trusted again.
      await foreign.channel.deleteExchange(exchange);
      await foreign.channel.assertExchange(exchange, "fanout");
      await publisher.publish(messageTo("k", "x", { exchange }));
      await foreign.channel.deleteExchange(exchange);
      await foreign.deleteQueue(queue);
    },
  );

  it("to an internal exchange are refused by name", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    const exchange = uniqueName("internal");
    await foreign.channel.assertExchange(exchange, "topic", { internal: true });
    const before = good(publisher, queue);
    const error = await rejection(publisher.publish(messageTo("key", "x", { exchange })));
    expect(error.code).toBe("ERR_AMQP_PUBLISH_REFUSED");
    expect(error.message).toMatch(/internal exchange.*publish to another/);
    await Promise.all(before);
    await foreign.channel.deleteExchange(exchange);
    await foreign.deleteQueue(queue);
  });
});

describeWithBroker("a publish that gets no answer", () => {
  it("is rejected without the reasons from before the last answer", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using foreign = await connectForeign();
    await using connection = await openConnection({ url: proxy.url }, "publishing");
    // The second publish is confirmed within it, on a slow machine too.
    await using publisher = createPublisher(connection, { publishTimeoutSeconds: 3 });
    const exchange = uniqueName("internal");
    await foreign.channel.assertExchange(exchange, "topic", { internal: true });
    publisher.trustExchange(exchange);
    await rejection(publisher.publish(messageTo("key", "x", { exchange })));
    await publisher.publish(messageTo("key", "x"));
    proxy.stall("toBroker");
    const error = await rejection(publisher.publish(messageTo("key", "x")));
    expect(error.code).toBe("ERR_AMQP_PUBLISH_TIMEOUT");
    expect(error.message).toMatch(/the broker did not answer; it was sent once/);
    proxy.resume();
    await foreign.channel.deleteExchange(exchange);
  });
});

describeWithBroker("a publisher that is closed", () => {
  it("rejects publishes without an answer, resolves a pending flush, and accepts nothing more", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    const publisher = createPublisher(connection, { maxUnconfirmedMessages: 3 });
    const queue = await makeQueue(foreign);
    await publisher.publish(messageTo(queue, "warm"));
    const publishes = numbers(20).map((body) => rejection(publisher.publish(messageTo(queue, body))));
    const flushed = publisher.flush();
    await Promise.all([publisher.close(), publisher.close()]);
    await flushed;
    for (const error of await Promise.all(publishes)) expect(error.code).toBe("ERR_AMQP_CLOSED");
    expect((await rejection(publisher.publish(messageTo(queue, "x")))).code).toBe("ERR_AMQP_CLOSED");
    await foreign.deleteQueue(queue);
  });

  it("waits in a flush for a publish whose exchange is still being checked", async () => {
    await using foreign = await connectForeign();
    await using connection = await openConnection({}, "publishing");
    await using publisher = createPublisher(connection);
    const exchange = uniqueName("asked");
    await foreign.channel.assertExchange(exchange, "fanout");
    let confirmed = false;
    const publishing = publisher.publish(messageTo("key", "x", { exchange })).then(() => (confirmed = true));
    await publisher.flush();
    await new Promise((resolve) => setImmediate(resolve));
    expect(confirmed).toBe(true);
    await publishing;
    await foreign.channel.deleteExchange(exchange);
  });
});

describeWithPrivateBroker("a connection lost under a publisher", () => {
  it("loses no publish: unanswered ones are published again with the same id", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url }, "publishing");
    await using publisher = createPublisher(connection, { maxUnconfirmedMessages: 200 });
    const queue = "all";
    {
      await using foreign = await connectForeign(host.url);
      await foreign.channel.assertQueue(queue, { durable: true });
    }
    let sent = 0;
    let stop = false;
    const lanes = numbers(50).map(async () => {
      while (!stop) await publisher.publish(messageTo(queue, `body ${++sent}`));
    });
    for (const round of [1, 2]) {
      const reached = sent + 500;
      await until(() => sent >= reached, { what: "publishes to go on" });
      await operator().closeConnections(`round ${round}`, host.name);
    }
    const reached = sent + 500;
    await until(() => sent >= reached, { what: "publishes to go on after the last loss" });
    stop = true;
    await Promise.all(lanes);
    await using witness = await connectForeign(host.url);
    const stored = new Set(await bodiesOf(witness, queue));
    expect(stored.size).toBe(sent);
  });

  it("rejects a publish with an unknown result, when it must not be published again", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url }, "publishing");
    await using publisher = createPublisher(connection, { republishUnknown: false });
    const queue = "all";
    {
      await using foreign = await connectForeign(host.url);
      await foreign.channel.assertQueue(queue, { durable: true });
    }
    const codes = new Set<unknown>();
    let confirmed = 0;
    let stop = false;
    const lanes = numbers(50).map(async () => {
      while (!stop) {
        await publisher.publish(messageTo(queue, "x")).then(
          () => confirmed++,
          (error: { readonly code?: unknown }) => {
            // After the failure above it would be called forever, without a pause.
            if (error.code === "ERR_AMQP_CLOSED") stop = true;
            codes.add(error.code);
          },
        );
      }
    });
    await until(() => confirmed > 200, { what: "publishes to go on" });
    // As often as it takes to meet a publish between its sending and its confirm.
    const unknown = async (): Promise<boolean> => {
      if (codes.size === 0 && connection.state === "connected") await operator().closeConnections("test", host.name);
      return codes.size > 0;
    };
    await until(unknown, { what: "a publish nobody knows of" });
    stop = true;
    await Promise.all(lanes);
    expect([...codes]).toEqual(["ERR_AMQP_PUBLISH_UNKNOWN"]);
    await using witness = await connectForeign(host.url);
    expect((await witness.queueInfo(queue))?.messageCount).toBeGreaterThanOrEqual(confirmed);
  });

  it("that does not return rejects waiting publishes after their timeout, with the reason", async () => {
    await using connection = createConnection({ url: undefined, host: "127.0.0.1", port: 1 }, "publishing");
    await using publisher = createPublisher(connection, { publishTimeoutSeconds: 0.5 });
    const error = await rejection(publisher.publish(messageTo("key", "x")));
    expect(error.code).toBe("ERR_AMQP_PUBLISH_TIMEOUT");
    expect(error.message).toContain("never sent");
    await using unknown = createPublisher(connection, { publishTimeoutSeconds: 0.5 });
    const started = performance.now();
    const other = await rejection(unknown.publish(messageTo("key", "x", { exchange: "mine" })));
    expect(other.code).toBe("ERR_AMQP_PUBLISH_TIMEOUT");
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describeWithPrivateBroker("a broker that is short of memory", () => {
  let broker: OwnBroker;
  beforeAll(async () => {
    broker = await startOwnBroker("alarm");
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  it("holds publishes back until it accepts them again", async () => {
    await using foreign = await connectForeign(broker.url);
    await using connection = await openConnection({ url: broker.url }, "publishing");
    await using publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    const told: string[] = [];
    connection.subscribe({ blocked: () => told.push("blocked"), unblocked: () => told.push("unblocked") });
    const publishes: Promise<unknown>[] = [];
    const publish = (): number => publishes.push(publisher.publish(messageTo(queue, String(publishes.length))));
    await broker.setAlarm(true);
    try {
      // The broker notices after a while, and notifies a connection when that publishes.
      await until(() => publish() > 0 && connection.blocked, { what: "the broker to block" });
      const before = publisher.waiting;
      publish();
      publish();
      expect(publisher.waiting).toBe(before + 2);
    } finally {
      await broker.setAlarm(false);
    }
    await Promise.all(publishes);
    expect(told).toEqual(["blocked", "unblocked"]);
    expect(await bodiesOf(foreign, queue)).toEqual(numbers(publishes.length));
    await foreign.deleteQueue(queue);
  });

  it("does not delay the close", async () => {
    await using foreign = await connectForeign(broker.url);
    const connection = await openConnection({ url: broker.url }, "publishing");
    const publisher = createPublisher(connection);
    const queue = await makeQueue(foreign);
    await broker.setAlarm(true);
    try {
      const publishes: Promise<unknown>[] = [];
      const publish = (): number => publishes.push(publisher.publish(messageTo(queue, "x")));
      await until(() => publish() > 0 && connection.blocked, { what: "the broker to block" });
      publish();
      const last = rejection(publishes.at(-1) ?? Promise.resolve());
      const results = Promise.allSettled(publishes);
      const started = performance.now();
      await publisher.close();
      expect((await last).code).toBe("ERR_AMQP_CLOSED");
      await results;
      await connection.close();
      expect(performance.now() - started).toBeLessThan(8000);
    } finally {
      await broker.setAlarm(false);
    }
    await foreign.deleteQueue(queue);
  });
});
