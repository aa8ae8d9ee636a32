/** The two expiry timers of a queue, alone and in a queue. */
import { describe, expect, it } from "vitest";
import { FakeConsumer, FakeQueueHost, type PlainArguments } from "../../test/support/fake-queue-host.ts";
import { bodyOf, storedMessage } from "../../test/support/stored-messages.ts";
import { createVirtualClock, type VirtualClock } from "../testing/virtual-clock.ts";
import type { Queue } from "./queue.ts";
import { type ExpiringQueue, QueueExpiry } from "./queue-expiry.ts";

interface Parts {
  readonly clock: VirtualClock;
  readonly host: FakeQueueHost;
  readonly queue: Queue;
}

function queueWith(plain: PlainArguments): Parts {
  const clock = createVirtualClock({ now: 1_000_000 });
  const host = new FakeQueueHost(clock);
  return { clock, host, queue: host.queue({ arguments: { "x-dead-letter-exchange": "dead", ...plain } }) };
}

function publish(queue: Queue, body: string, expirationMs?: number): void {
  queue.publish(storedMessage({ body, expirationMs }));
}

describe("messages of a queue", () => {
  it("expire on time without any client action", async () => {
    const { clock, host, queue } = queueWith({});
    publish(queue, "a", 100);
    publish(queue, "b", 200);
    await clock.advance("99ms");
    expect(host.died).toEqual([]);
    await clock.advance("1ms");
    expect(host.died).toEqual(["expired a"]);
    await clock.advance("100ms");
    expect(host.died).toEqual(["expired a", "expired b"]);
    expect(clock.pending).toBe(0);
  });

  it("expire at the shorter of their own TTL and the TTL of the queue", async () => {
    const { clock, host, queue } = queueWith({ "x-message-ttl": 100 });
    publish(queue, "own", 50);
    publish(queue, "queue's", 500);
    await clock.advance("50ms");
    expect(host.died).toEqual(["expired own"]);
    await clock.advance("50ms");
    expect(host.died).toEqual(["expired own", "expired queue's"]);
  });

  it("with a TTL of 0 go to a waiting consumer, and expire without one", () => {
    const { host, queue } = queueWith({ "x-message-ttl": 0 });
    publish(queue, "nobody");
    expect([host.died, queue.readyCount]).toEqual([["expired nobody"], 0]);
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "somebody");
    publish(queue, "too much");
    expect(consumer.got).toEqual(["somebody"]);
    expect(host.died).toEqual(["expired nobody", "expired too much"]);
  });

  it("expire behind a longer-lived message only when they are taken", async () => {
    const { clock, host, queue } = queueWith({});
    publish(queue, "long");
    publish(queue, "short", 100);
    await clock.advance("1000ms");
    expect([host.died, clock.pending]).toEqual([[], 0]);
    queue.get(true);
    await clock.advance("0ms");
    expect(host.died).toEqual(["expired short"]);
  });

  it("expire on time when the message before them is dropped for the queue's length", async () => {
    const { clock, host, queue } = queueWith({ "x-max-length": 1 });
    publish(queue, "long");
    publish(queue, "short", 100);
    expect(host.died).toEqual(["maxlen long"]);
    await clock.advance("100ms");
    expect(host.died).toEqual(["maxlen long", "expired short"]);
  });

  it("expire on time when the message before them is requeued and dropped", async () => {
    const { clock, host, queue } = queueWith({ "x-max-length": 1 });
    publish(queue, "held");
    const held = queue.get(false);
    publish(queue, "short", 100);
    if (held) queue.putBack([held], true);
    expect(host.died).toEqual(["maxlen held"]);
    await clock.advance("100ms");
    expect(host.died).toEqual(["maxlen held", "expired short"]);
  });

  it("keep their expiry time when they are requeued", async () => {
    const { clock, host, queue } = queueWith({});
    publish(queue, "a", 100);
    const held = queue.get(false);
    expect(clock.pending).toBe(0);
    await clock.advance("60ms");
    if (held) queue.putBack([held], true);
    await clock.advance("39ms");
    expect(host.died).toEqual([]);
    await clock.advance("1ms");
    expect(host.died).toEqual(["expired a"]);
  });

  it("are not delivered when a clock jump has expired them", () => {
    const time = { now: 1000 };
    const host = new FakeQueueHost({ now: () => time.now, after: () => () => {} });
    const queue = host.queue({ arguments: { "x-dead-letter-exchange": "dead" } });
    publish(queue, "over", 100);
    publish(queue, "good", 10_000);
    time.now += 5000;
    const got = queue.get(true);
    expect(got && bodyOf(got.message)).toBe("good");
    expect(host.died).toEqual(["expired over"]);
    publish(queue, "later", 100);
    // Back in time: nothing ends early.
    time.now -= 60_000;
    expect(queue.get(true)).toBeDefined();
  });

  it("leave no timer behind when they are purged, taken or removed", async () => {
    const { clock, queue } = queueWith({ "x-message-ttl": 100 });
    publish(queue, "a");
    expect(clock.pending).toBe(1);
    queue.purge();
    expect(clock.pending).toBe(0);
    publish(queue, "b");
    queue.get(true);
    expect(clock.pending).toBe(0);
    publish(queue, "c");
    publish(queue, "d");
    expect(clock.pending).toBe(1);
    queue.removed();
    expect(clock.pending).toBe(0);
  });
});

describe("a queue that expires", () => {
  it("is deleted after its expiry time without use", async () => {
    const { clock, host, queue } = queueWith({ "x-expires": 1000 });
    await clock.advance("999ms");
    expect(host.removed).toEqual([]);
    await clock.advance("1ms");
    expect(host.removed).toEqual([queue]);
    expect(clock.pending).toBe(0);
  });

  it("restarts its expiry time on a get or a declare, but not on a publish", async () => {
    const { clock, host, queue } = queueWith({ "x-expires": 1000 });
    await clock.advance("800ms");
    queue.get(true);
    await clock.advance("800ms");
    queue.redeclared();
    await clock.advance("800ms");
    publish(queue, "a");
    expect(host.removed).toEqual([]);
    await clock.advance("200ms");
    expect(host.removed).toEqual([queue]);
  });

  it("is kept while it has a consumer, and restarts its time when the consumer goes", async () => {
    const { clock, host, queue } = queueWith({ "x-expires": 1000 });
    await clock.advance("800ms");
    const consumer = new FakeConsumer(queue);
    expect(clock.pending).toBe(0);
    await clock.advance("5000ms");
    queue.get(true);
    expect(clock.pending).toBe(0);
    queue.removeConsumer(consumer);
    await clock.advance("999ms");
    expect(host.removed).toEqual([]);
    await clock.advance("1ms");
    expect(host.removed).toEqual([queue]);
  });

  it("leaves no timer behind when it is deleted earlier", () => {
    const { clock, queue } = queueWith({ "x-expires": 1000 });
    queue.removed();
    expect(clock.pending).toBe(0);
  });
});

describe("QueueExpiry", () => {
  it("checks again when the clock shows that its timer was early", async () => {
    const real = createVirtualClock({ now: 0 });
    // The clock is ten milliseconds slow, so a timer fires before its time.
    const slow = { now: () => real.now() - 10, after: real.after.bind(real) };
    const asked: number[] = [];
    const queue: ExpiringQueue = {
      nextExpiry: 100,
      inUse: false,
      expireMessages() {
        asked.push(slow.now());
        if (slow.now() < 100) expiry.watchMessages();
      },
      expire() {},
    };
    const expiry = new QueueExpiry(queue, slow, undefined);
    expiry.watchMessages();
    const early = real.after(50, () => expiry.watchMessages());
    await real.advance("200ms");
    early();
    expect(asked).toEqual([100]);
    expect(real.pending).toBe(0);
  });

  it("does not set a second timer for the same moment", () => {
    const clock = createVirtualClock({ now: 0 });
    const queue: ExpiringQueue = { nextExpiry: 100, inUse: true, expireMessages() {}, expire() {} };
    const expiry = new QueueExpiry(queue, clock, 1000);
    for (let round = 0; round < 3; round++) {
      expiry.watchMessages();
      expiry.used();
    }
    expect(clock.pending).toBe(1);
    expiry.end();
    expect(clock.pending).toBe(0);
  });
});
