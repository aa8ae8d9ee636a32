/** Channels of one client, without a socket: the order of sent frames, and what happens at their end. */
import { describe, expect, it } from "vitest";
import { bodies, FakeSession, type FakeSessionSettings, names } from "../../test/support/fake-session.ts";
import { type FieldTable, longString } from "../amqp-wire/field-table.ts";
import { createVirtualClock, type VirtualClock } from "../testing/virtual-clock.ts";
import { VirtualHost } from "./virtual-host.ts";

const clock = (): VirtualClock => createVirtualClock({ now: 1_000_000 });
const quorum = new Map([["x-queue-type", longString("quorum")]]);

/** A session with channel 1 open and the queue "q". */
function sessionIn(virtualHost: VirtualHost, settings: FakeSessionSettings = {}): FakeSession {
  const client = new FakeSession(virtualHost, settings);
  client.open(1);
  client.declare(1, "q");
  client.read();
  return client;
}

function session(settings: FakeSessionSettings = {}): FakeSession {
  return sessionIn(new VirtualHost("/", clock()), settings);
}

const select = { name: "confirm.select", nowait: true } as const;
const close = { name: "channel.close", replyCode: 200, replyText: "", classId: 0, methodId: 0 } as const;

describe("confirms", () => {
  it("are sent before the answer to a close that came with the publish", () => {
    const client = session();
    client.send(1, select);
    client.publish(1, "q", "a");
    client.send(1, close);
    expect(names(client.read())).toEqual(["basic.ack", "channel.close-ok"]);
    expect(client.read()).toEqual([]);
  });

  it("are sent before the close that the next method causes", () => {
    const client = session();
    client.send(1, select);
    client.publish(1, "q", "a");
    client.publish(1, "", "b", {}, "no such exchange");
    expect(names(client.read())).toEqual(["basic.ack", "channel.close"]);
    client.send(1, { name: "channel.close-ok" });
    client.open(1);
    expect(names(client.read())).toEqual(["channel.open-ok"]);
  });

  it("are sent once", () => {
    const client = session();
    client.send(1, select);
    for (const body of ["a", "b"]) client.publish(1, "q", body);
    expect(client.read()).toMatchObject([{ name: "basic.ack", deliveryTag: 2, multiple: true }]);
    expect(client.read()).toEqual([]);
  });
});

describe("a session that ends", () => {
  it("delivers nothing to its own channels while they end", () => {
    const virtualHost = new VirtualHost("/", clock());
    const client = new FakeSession(virtualHost);
    client.open(1, 2);
    client.declare(1, "q", {
      arguments: new Map([...quorum, ["x-single-active-consumer", { type: "t", value: true }]]),
    });
    for (const body of ["a", "b", "c"]) client.publish(1, "q", body);
    client.send(1, { name: "basic.qos", prefetchSize: 0, prefetchCount: 2, global: false });
    client.consume(1, "q");
    client.consume(2, "q");
    expect(bodies(client.read())).toEqual(["a", "b"]);
    client.session.end();
    expect(bodies(client.read())).toEqual([]);
    const queue = virtualHost.queues.get("q");
    expect([queue?.readyCount, queue?.unacknowledgedCount, queue?.consumerCount]).toEqual([3, 0, 0]);
    const counts = [1, 2, 3].map(() => queue?.get(true)).map((entry) => [entry?.redelivered, entry?.deliveryCount]);
    expect(counts).toEqual([
      [true, 1],
      [true, 1],
      [false, 0],
    ]);
  });

  it("frees its exclusive names for another client at once", () => {
    const virtualHost = new VirtualHost("/", clock());
    const [one, other] = [sessionIn(virtualHost), sessionIn(virtualHost)];
    one.publish(1, "q", "a");
    one.consume(1, "q");
    expect(bodies(one.read())).toEqual(["a"]);
    other.consume(1, "q");
    one.session.end();
    expect(bodies(other.read())).toEqual(["a"]);
    one.session.end();
    expect(other.read()).toEqual([]);
  });

  it("deletes its exclusive queues, and leaves no timer", () => {
    const time = clock();
    const virtualHost = new VirtualHost("/", time);
    const client = sessionIn(virtualHost, { consumerTimeoutSeconds: 10 });
    client.declare(1, "mine", {
      exclusive: true,
      durable: false,
      arguments: new Map([["x-expires", { type: "l", value: 1000 }]]),
    });
    client.declare(1, "held", { arguments: quorum });
    client.consume(1, "held");
    client.publish(1, "held", "a");
    client.publish(1, "mine", "b", { expiration: "1000" });
    expect(time.pending).toBe(3);
    client.session.end();
    expect([...virtualHost.queues.keys()]).toEqual(["q", "held"]);
    expect(time.pending).toBe(0);
  });

  it("removes its reply consumers", () => {
    const virtualHost = new VirtualHost("/", clock());
    const [asking, answering] = [sessionIn(virtualHost), sessionIn(virtualHost)];
    asking.consume(1, "amq.rabbitmq.reply-to", { noAck: true });
    asking.publish(1, "q", "question", { replyTo: "amq.rabbitmq.reply-to" });
    const key = virtualHost.queues.get("q")?.get(true)?.message.content.properties.toString("latin1") ?? "";
    const replyTo = /amq\.rabbitmq\.reply-to\.[\w.+/=-]+/.exec(key)?.[0] ?? "none";
    asking.read();
    answering.publish(1, replyTo, "answer");
    expect(bodies(asking.read())).toEqual(["answer"]);
    asking.session.end();
    expect(virtualHost.replies.has(replyTo)).toBe(false);
    answering.publish(1, replyTo, "late");
    expect(asking.read()).toEqual([]);
  });
});

describe("a queue that is deleted", () => {
  it("accepts late settlements of its deliveries without an error", () => {
    const client = session();
    client.consume(1, "q", { consumerTag: "c" });
    for (const body of ["a", "b", "c", "d"]) client.publish(1, "q", body);
    client.read();
    client.send(1, { name: "queue.delete", queue: "q", ifUnused: false, ifEmpty: false, nowait: false });
    client.send(1, { name: "basic.ack", deliveryTag: 1, multiple: false });
    client.send(1, { name: "basic.nack", deliveryTag: 2, multiple: false, requeue: true });
    client.send(1, { name: "basic.reject", deliveryTag: 3, requeue: false });
    client.send(1, { name: "basic.ack", deliveryTag: 0, multiple: true });
    expect(names(client.read())).toEqual(["queue.delete-ok"]);
    client.declare(1, "q");
    expect(client.read()).toMatchObject([{ name: "queue.declare-ok", messageCount: 0, consumerCount: 0 }]);
    client.send(1, { name: "basic.ack", deliveryTag: 1, multiple: false });
    expect(client.read()).toMatchObject([{ name: "channel.close", replyCode: 406 }]);
  });
});

describe("a prefetch for the whole channel", () => {
  it("applies to each later consumer, as in RabbitMQ 4.3", () => {
    const client = session();
    client.declare(1, "r");
    for (const body of ["a", "b"]) client.publish(1, "q", body);
    for (const body of ["c", "d"]) client.publish(1, "r", body);
    client.send(1, { name: "basic.qos", prefetchSize: 0, prefetchCount: 1, global: true });
    client.consume(1, "q");
    client.consume(1, "r");
    expect(bodies(client.read())).toEqual(["a", "c"]);
    client.send(1, { name: "basic.ack", deliveryTag: 2, multiple: false });
    expect(bodies(client.read())).toEqual(["d"]);
  });
});

describe("a delivery that was rolled back", () => {
  it("has its consumer timeout started again", async () => {
    const time = clock();
    const client = sessionIn(new VirtualHost("/", time), { consumerTimeoutSeconds: 10 });
    client.declare(1, "held", { arguments: quorum });
    client.send(1, { name: "tx.select" });
    client.consume(1, "held");
    client.publish(1, "held", "a");
    client.send(1, { name: "tx.commit" });
    client.send(1, { name: "basic.ack", deliveryTag: 1, multiple: false });
    await time.advance("60000ms");
    client.read();
    client.send(1, { name: "tx.rollback" });
    expect(names(client.read())).toEqual(["tx.rollback-ok"]);
    await time.advance("0ms");
    // This client did not ask for notifications of a cancel.
    expect(client.read()).toMatchObject([{ name: "channel.close", replyCode: 406 }]);
    expect(time.pending).toBe(0);
  });
});

describe("a delivery that is held beyond the consumer timeout", () => {
  const told = new Map([["consumer_cancel_notify", { type: "t", value: true }]]) satisfies FieldTable;
  const hearing: FieldTable = new Map([["capabilities", { type: "F", value: told }]]);

  it("returns to its quorum queue, and its consumer receives nothing until the client settles it", async () => {
    const time = clock();
    const virtualHost = new VirtualHost("/", time);
    const client = sessionIn(virtualHost, { consumerTimeoutSeconds: 10, clientProperties: hearing });
    client.declare(1, "held", { arguments: quorum });
    client.consume(1, "held", { consumerTag: "one" });
    client.publish(1, "held", "a");
    client.read();
    await time.advance("10000ms");
    expect(client.read()).toEqual([{ channel: 1, name: "basic.cancel", consumerTag: "one", nowait: true }]);
    const queue = virtualHost.queues.get("held");
    expect([queue?.readyCount, queue?.unacknowledgedCount, queue?.consumerCount]).toEqual([1, 0, 1]);
    client.send(1, { name: "basic.ack", deliveryTag: 1, multiple: false });
    expect(bodies(client.read())).toEqual(["a"]);
    client.send(1, { name: "basic.ack", deliveryTag: 2, multiple: false });
    expect([queue?.readyCount, queue?.unacknowledgedCount]).toEqual([0, 0]);
    client.session.end();
    expect(time.pending).toBe(0);
  });

  it("ends its consumer when the client answers the cancel", async () => {
    const time = clock();
    const virtualHost = new VirtualHost("/", time);
    const client = sessionIn(virtualHost, { consumerTimeoutSeconds: 10, clientProperties: hearing });
    client.declare(1, "held", { arguments: quorum });
    client.consume(1, "held", { consumerTag: "one" });
    client.publish(1, "held", "a");
    await time.advance("10000ms");
    client.send(1, { name: "basic.cancel-ok", consumerTag: "one" });
    client.send(1, close);
    const queue = virtualHost.queues.get("held");
    expect([queue?.readyCount, queue?.unacknowledgedCount, queue?.consumerCount]).toEqual([1, 0, 0]);
  });

  it("stays with the consumer of a classic queue", async () => {
    const time = clock();
    const client = sessionIn(new VirtualHost("/", time), { consumerTimeoutSeconds: 10, clientProperties: hearing });
    client.consume(1, "q");
    client.publish(1, "q", "a");
    client.read();
    expect(time.pending).toBe(0);
    await time.advance("60000ms");
    expect(client.read()).toEqual([]);
  });
});

describe("a client that reads too slowly", () => {
  it("receives nothing more until it reads, and then everything in order", () => {
    const client = session();
    const large = "x".repeat(200_000);
    client.consume(1, "q");
    client.read();
    client.writableLength = 1_000_000;
    for (const start of ["a", "b"]) client.publish(1, "q", `${start}${large}`);
    const first = bodies(client.read()).join("");
    expect(first).toHaveLength(400_002);
    client.publish(1, "q", "c");
    client.publish(1, "q", "d");
    expect(client.read()).toEqual([]);
    client.drain();
    expect(bodies(client.read())).toEqual(["c", "d"]);
  });
});

describe("channels", () => {
  it("are refused for numbers above the negotiated limit, and if they were not opened", () => {
    const beyond = session();
    beyond.open(2048);
    expect(beyond.failure).toMatchObject({ replyCode: 530, scope: "connection" });
    const unopened = session();
    unopened.declare(2, "q");
    expect(unopened.failure).toMatchObject({ replyCode: 504, scope: "connection" });
  });

  it("that the broker closed ignore frames until the client confirms the close", () => {
    const client = session();
    client.send(1, { name: "basic.ack", deliveryTag: 5, multiple: false });
    client.publish(1, "q", "dropped");
    client.declare(1, "dropped");
    client.open(1);
    expect(names(client.read())).toEqual(["channel.close"]);
    client.send(1, { name: "channel.close-ok" });
    client.open(1);
    client.declare(1, "q");
    expect(client.read()).toMatchObject([{ name: "channel.open-ok" }, { messageCount: 0 }]);
    expect(client.session.channelCount).toBe(1);
  });
});
