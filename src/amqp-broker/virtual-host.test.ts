/** How a message gets through exchanges to queues, and a dead letter to other queues. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  FakeConsumer,
  type PlainArguments,
  type QueueSettings,
  queueProperties,
} from "../../test/support/fake-queue-host.ts";
import { bodyOf, type StoredMessageFields, storedMessage } from "../../test/support/stored-messages.ts";
import { emptyTable, longString } from "../amqp-wire/field-table.ts";
import { createVirtualClock, type VirtualClock } from "../testing/virtual-clock.ts";
import type { Exchange, ServerExchangeType } from "./exchange.ts";
import type { BindingTarget } from "./exchanges/binding.ts";
import type { Queue } from "./queue.ts";
import { readQueueArguments } from "./queue-arguments.ts";
import { type Published, VirtualHost } from "./virtual-host.ts";

let clock: VirtualClock;
let host: VirtualHost;

beforeEach(() => {
  clock = createVirtualClock({ now: 1_000_000 });
  host = new VirtualHost("/", clock);
});

function queue(name: string, plain: PlainArguments = {}, settings: QueueSettings = {}): Queue {
  const properties = queueProperties({ name, ...settings, arguments: plain });
  return host.addQueue(properties, readQueueArguments(properties), undefined);
}

function exchange(name: string, type: ServerExchangeType = "fanout", alternate?: string, autoDelete = false): Exchange {
  const table = alternate === undefined ? emptyTable : new Map([["alternate-exchange", longString(alternate)]]);
  host.addExchange({ name, type, durable: true, autoDelete, internal: false, arguments: table });
  return host.exchanges.get(name) as Exchange;
}

function bind(source: Exchange, target: BindingTarget, routingKey = ""): string {
  const identity = `${target.kind} ${target.name} ${routingKey}`;
  source.bind({ source: source.name, target, routingKey, arguments: emptyTable, identity });
  return identity;
}

function publish(to: Exchange | string, fields: StoredMessageFields = {}): Published {
  if (typeof to !== "string") return host.publish(to, storedMessage({ ...fields, exchange: to.name }));
  const byName = host.exchanges.get("") as Exchange;
  return host.publish(byName, storedMessage({ ...fields, routingKey: to }));
}

function drain(from: Queue): string[] {
  const bodies: string[] = [];
  for (let entry = from.get(true); entry; entry = from.get(true)) bodies.push(bodyOf(entry.message));
  return bodies;
}

describe("a message", () => {
  it("reaches a queue once, however many routes lead to it", () => {
    const q = queue("q");
    const [one, other] = [exchange("one"), exchange("other")];
    bind(one, q, "a");
    bind(one, q, "b");
    bind(one, other);
    bind(other, q);
    bind(other, one);
    expect(publish(one, { body: "m" })).toBe("stored");
    expect(drain(q)).toEqual(["m"]);
    expect(publish(one, { body: "n" })).toBe("stored");
    expect(drain(q)).toEqual(["n"]);
  });

  it("also goes where its other keys lead", () => {
    const [a, b, c] = [queue("a"), queue("b"), queue("c")];
    expect(publish("a", { otherKeys: ["b", "a", "nowhere"] })).toBe("stored");
    expect([a.readyCount, b.readyCount, c.readyCount]).toEqual([1, 1, 0]);
    const direct = exchange("direct", "direct");
    bind(direct, c, "x");
    expect(publish(direct, { routingKey: "y", otherKeys: ["x"] })).toBe("stored");
    expect(c.readyCount).toBe(1);
  });

  it("goes to the alternate exchange when no queue is bound for it, and on to the next alternate", () => {
    const q = queue("q");
    const main = exchange("main", "direct", "second");
    const second = exchange("second", "direct", "third");
    const third = exchange("third");
    bind(third, q);
    expect(publish(main)).toBe("stored");
    bind(main, q, "key");
    expect(publish(main, { routingKey: "key" })).toBe("stored");
    expect(q.readyCount).toBe(2);
    bind(second, queue("r"), "key");
    expect(publish(main, { routingKey: "other" })).toBe("stored");
    expect(q.readyCount).toBe(3);
  });

  it("is unroutable when exchanges are only bound to each other", () => {
    const [one, other] = [exchange("one", "fanout", "other"), exchange("other", "fanout", "one")];
    expect(publish(one)).toBe("unroutable");
    bind(one, other);
    bind(other, one);
    expect(publish(one)).toBe("unroutable");
    expect(host.totals).toEqual({ published: 2, unroutable: 2, delivered: 0, acknowledged: 0 });
  });

  it("is refused when one queue refuses it, but is stored in the others", () => {
    const fanout = exchange("fanout");
    const full = queue("full", { "x-max-length": 0, "x-overflow": "reject-publish" });
    const free = queue("free");
    bind(fanout, full);
    bind(fanout, free);
    expect(publish(fanout)).toBe("refused");
    expect([full.readyCount, free.readyCount]).toEqual([0, 1]);
  });
});

describe("a deleted queue or exchange", () => {
  it("receives nothing more: a queue", () => {
    const fanout = exchange("fanout");
    const [a, b] = [queue("a"), queue("b")];
    bind(fanout, a);
    bind(fanout, b);
    host.removeQueue(a);
    host.removeQueue(a);
    expect(publish(fanout)).toBe("stored");
    expect(publish("a")).toBe("unroutable");
    expect([a.readyCount, b.readyCount]).toEqual([0, 1]);
    expect([...fanout.bindings].map(({ target }) => target.name)).toEqual(["b"]);
  });

  it("receives nothing more: an exchange, with all bindings from and to it", () => {
    const [source, middle] = [exchange("source"), exchange("middle")];
    const q = queue("q");
    bind(source, middle);
    bind(middle, q);
    host.removeExchange(middle);
    expect(publish(source)).toBe("unroutable");
    expect([source.used, q.incoming.size]).toEqual([false, 0]);
    host.removeExchange(middle);
  });

  it("does not get messages for a new one of the same name", () => {
    const old = queue("q");
    host.removeQueue(old);
    const now = queue("q");
    host.removeQueue(old);
    expect(host.queues.get("q")).toBe(now);
  });

  it("makes auto-delete exchanges delete themselves, and the ones before them", () => {
    const [first, second] = [
      exchange("first", "fanout", undefined, true),
      exchange("second", "fanout", undefined, true),
    ];
    const q = queue("q");
    bind(first, second);
    bind(second, q);
    host.removeQueue(q);
    expect([host.exchanges.has("second"), host.exchanges.has("first")]).toEqual([false, false]);
  });

  it("leaves such an exchange while something is bound", () => {
    const auto = exchange("auto", "fanout", undefined, true);
    const identity = bind(auto, queue("q"), "a");
    const last = bind(auto, queue("r"), "b");
    host.unbind(auto, "never bound");
    host.unbind(auto, identity);
    expect(host.exchanges.has("auto")).toBe(true);
    host.unbind(auto, last);
    expect(host.exchanges.has("auto")).toBe(false);
  });
});

describe("a dead letter", () => {
  const to = (name: string) => ({ "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name });

  it("does not circulate between queues without a rejection", () => {
    const a = queue("a", { "x-message-ttl": 0, ...to("b") });
    const b = queue("b", { "x-message-ttl": 0, ...to("c") });
    const c = queue("c", { "x-max-length": 0, ...to("a") });
    expect(publish("a")).toBe("stored");
    expect([a, b, c].map(({ totals }) => totals.published)).toEqual([1, 1, 1]);
    expect([a, b, c].map(({ readyCount }) => readyCount)).toEqual([0, 0, 0]);
  });

  it("is dropped when its exchange was deleted or no queue accepts it", () => {
    const a = queue("a", { "x-max-length": 0, "x-dead-letter-exchange": "gone" });
    const b = queue("b", { "x-max-length": 0, ...to("nobody") });
    publish("a");
    publish("b");
    expect([a.readyCount, b.readyCount]).toEqual([0, 0]);
    expect(host.totals.published).toBe(2);
  });

  it("that pushes another message back to its first queue does not exceed a prefetch", async () => {
    const a = queue("a", to("b"));
    const b = queue("b", { "x-max-length": 2, ...to("a") });
    const consumer = new FakeConsumer(a, { prefetch: 1 });
    publish("a", { body: "held" });
    for (const body of ["1", "2"]) publish("a", { body, expirationMs: 100 });
    for (const body of ["3", "4"]) publish("b", { body });
    await clock.advance("100ms");
    // The two that expired took the places of these, which came here.
    expect(drain(b)).toEqual(["1", "2"]);
    expect(consumer.got).toEqual(["held"]);
    consumer.acknowledge();
    expect(consumer.got).toEqual(["held", "3"]);
    expect([a.readyCount, a.unacknowledgedCount]).toEqual([1, 1]);
  });

  it("that is kept for at-least-once delivery arrives when its exchange exists, and is dropped with its queue", async () => {
    const plain = {
      "x-queue-type": "quorum",
      "x-overflow": "reject-publish",
      "x-dead-letter-strategy": "at-least-once",
      "x-dead-letter-exchange": "later",
    };
    const [a, b] = [queue("a", plain), queue("b", plain)];
    for (const one of [a, b]) {
      publish(one.name, { body: one.name });
      const entry = one.get(false);
      if (entry) one.reject(entry);
    }
    expect([host.keptDeadLetters(a), host.keptDeadLetters(b)]).toEqual([1, 1]);
    host.removeQueue(b);
    expect(host.keptDeadLetters(b)).toBe(0);
    const dead = queue("dead");
    bind(exchange("later"), dead);
    await clock.advance("180000ms");
    expect(drain(dead)).toEqual(["a"]);
    expect([host.keptDeadLetters(a), clock.pending]).toEqual([0, 0]);
  });
});

describe("a virtual host that is closed", () => {
  it("leaves no timer, and cancels consumers", () => {
    const expiring = queue("a", { "x-expires": 1000, "x-message-ttl": 500 });
    publish("a");
    const consumer = new FakeConsumer(queue("b"));
    expect([expiring.readyCount, clock.pending]).toEqual([1, 2]);
    host.close();
    expect([host.queues.size, clock.pending, consumer.cancelled]).toEqual([0, 0, true]);
  });
});
