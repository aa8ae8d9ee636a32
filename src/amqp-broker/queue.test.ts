/** One queue with fake consumers: who gets which message, what is counted, what does not fit. */
import { describe, expect, it } from "vitest";
import { FakeConsumer, FakeQueueHost, type PlainArguments } from "../../test/support/fake-queue-host.ts";
import { bodyOf, type StoredMessageFields, storedMessage } from "../../test/support/stored-messages.ts";
import type { Queue } from "./queue.ts";

function publish(queue: Queue, ...bodies: readonly string[]): void {
  for (const body of bodies) queue.publish(storedMessage({ body }));
}

function publishWith(queue: Queue, fields: StoredMessageFields): boolean {
  return queue.publish(storedMessage(fields));
}

function drain(queue: Queue): string[] {
  const bodies: string[] = [];
  for (let entry = queue.get(true); entry; entry = queue.get(true)) bodies.push(bodyOf(entry.message));
  return bodies;
}

function queueWith(plain: PlainArguments): { host: FakeQueueHost; queue: Queue } {
  const host = new FakeQueueHost();
  return { host, queue: host.queue({ arguments: plain }) };
}

const deadLetters = { "x-dead-letter-exchange": "dead" };

describe("a queue with consumers", () => {
  it("delivers to them in turn, each up to its prefetch, and keeps the rest", () => {
    const { queue } = queueWith({});
    const [a, b] = [new FakeConsumer(queue, { prefetch: 1 }), new FakeConsumer(queue, { prefetch: 2 })];
    publish(queue, "1", "2", "3", "4", "5");
    expect([a.got, b.got]).toEqual([["1"], ["2", "3"]]);
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([2, 3]);
    a.acknowledge();
    expect(a.got).toEqual(["1", "4"]);
    b.acknowledge();
    expect(b.got).toEqual(["2", "3", "5"]);
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([0, 3]);
  });

  it("delivers waiting messages before new ones, even if a consumer has room", () => {
    const { queue } = queueWith({});
    const consumer = new FakeConsumer(queue);
    consumer.canSend = false;
    publish(queue, "1");
    consumer.canSend = true;
    publish(queue, "2");
    expect(consumer.got).toEqual([]);
    queue.deliver();
    expect(consumer.got).toEqual(["1", "2"]);
  });

  it("counts deliveries without acknowledgement mode as acknowledged", () => {
    const { queue } = queueWith({});
    new FakeConsumer(queue, { noAck: true });
    publish(queue, "1", "2");
    expect(queue.unacknowledgedCount).toBe(0);
    expect(queue.totals).toEqual({ published: 2, delivered: 2, acknowledged: 2 });
  });

  it("counts every delivery, but each acknowledgement once", () => {
    const { queue } = queueWith({});
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "1");
    consumer.requeue();
    consumer.acknowledge();
    expect(consumer.got).toEqual(["1", "1"]);
    expect(queue.totals).toEqual({ published: 1, delivered: 2, acknowledged: 1 });
    expect(queue.unacknowledgedCount).toBe(0);
  });

  it("is deleted with its last consumer if it is auto-delete, and only then", () => {
    const host = new FakeQueueHost();
    const queue = host.queue({ autoDelete: true });
    const [a, b] = [new FakeConsumer(queue), new FakeConsumer(queue)];
    queue.removeConsumer(a);
    queue.removeConsumer(a);
    expect(host.removed).toEqual([]);
    queue.removeConsumer(b);
    expect(host.removed).toEqual([queue]);
  });

  it("delivers to other consumers what a leaving consumer would have received", () => {
    const { queue } = queueWith({ "x-single-active-consumer": true });
    const [a, b] = [new FakeConsumer(queue, { prefetch: 1 }), new FakeConsumer(queue)];
    publish(queue, "1", "2", "3");
    expect([a.got, b.got]).toEqual([["1"], []]);
    queue.removeConsumer(a);
    expect(b.got).toEqual(["2", "3"]);
  });

  it("stays consistent when a consumer goes while it receives a message", () => {
    const { queue } = queueWith({});
    publish(queue, "1", "2", "3");
    class Leaving extends FakeConsumer {
      override deliver(...parameters: Parameters<FakeConsumer["deliver"]>): void {
        super.deliver(...parameters);
        queue.removeConsumer(this);
      }
    }
    const leaving = new Leaving(queue);
    expect(leaving.got).toEqual(["1"]);
    const staying = new FakeConsumer(queue);
    expect(staying.got).toEqual(["2", "3"]);
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([0, 3]);
  });
});

describe("a queue that gets messages back", () => {
  it("has them at their old position, marked as redelivered", () => {
    const { queue } = queueWith({});
    publish(queue, "1", "2", "3");
    const [one, two] = [queue.get(false), queue.get(false)];
    if (!one || !two) throw new Error("two messages were there");
    queue.putBack([two, one], true);
    const again = queue.get(true);
    expect(again && [bodyOf(again.message), again.redelivered, again.deliveryCount]).toEqual(["1", true, 0]);
    expect(queue.get(true)).toMatchObject({ redelivered: true });
    expect(queue.get(true)).toMatchObject({ redelivered: false });
    expect(queue.unacknowledgedCount).toBe(0);
  });

  it("of type quorum counts deliveries, and dead-letters messages above the limit", () => {
    const { host, queue } = queueWith({ "x-queue-type": "quorum", "x-delivery-limit": 2, ...deadLetters });
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "1");
    expect(consumer.held).toMatchObject([{ deliveryCount: 0 }]);
    consumer.requeue();
    consumer.requeue();
    expect(consumer.held).toMatchObject([{ deliveryCount: 2 }]);
    expect(host.died).toEqual([]);
    consumer.requeue();
    expect(host.died).toEqual(["delivery_limit 1"]);
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([0, 0]);
  });

  it("of type quorum counts returns without a failure separately, and never dead-letters for them", () => {
    const { host, queue } = queueWith({ "x-queue-type": "quorum", "x-delivery-limit": 1, ...deadLetters });
    publish(queue, "1");
    for (let round = 0; round < 5; round++)
      queue.putBack(
        [queue.get(false)].flatMap((one) => one ?? []),
        false,
      );
    expect(queue.get(false)).toMatchObject({ redelivered: true, acquiredCount: 5, deliveryCount: 0 });
    expect(host.died).toEqual([]);
  });

  it("dead-letters messages that expired in the meantime", async () => {
    const clock = (await import("../testing/virtual-clock.ts")).createVirtualClock();
    const host = new FakeQueueHost(clock);
    const queue = host.queue({ arguments: { "x-message-ttl": 100, ...deadLetters } });
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "1");
    await clock.advance("200ms");
    expect(host.died).toEqual([]);
    consumer.canSend = false;
    consumer.requeue();
    expect(host.died).toEqual(["expired 1"]);
  });

  it("with a maximum length drops from the front what no longer fits", () => {
    const { host, queue } = queueWith({ "x-max-length": 2, ...deadLetters });
    publish(queue, "1", "2");
    const one = queue.get(false);
    publish(queue, "3");
    if (one) queue.putBack([one], true);
    expect(host.died).toEqual(["maxlen 1"]);
    expect(drain(queue)).toEqual(["2", "3"]);
  });
});

describe("a queue with a maximum length", () => {
  it("drops the oldest messages, by number and by bytes", () => {
    const byNumber = queueWith({ "x-max-length": 2, ...deadLetters });
    publish(byNumber.queue, "1", "2", "3", "4");
    expect(byNumber.host.died).toEqual(["maxlen 1", "maxlen 2"]);
    const byOctets = queueWith({ "x-max-length-bytes": 5, ...deadLetters });
    publish(byOctets.queue, "aa", "bb", "cc", "dddddd");
    expect(byOctets.host.died).toEqual(["maxlen aa", "maxlen bb", "maxlen cc", "maxlen dddddd"]);
  });

  it("counts ready messages, not those that consumers hold", () => {
    const { host, queue } = queueWith({ "x-max-length": 1, ...deadLetters });
    new FakeConsumer(queue, { prefetch: 2 });
    publish(queue, "1", "2", "3");
    expect(host.died).toEqual([]);
    publish(queue, "4");
    expect(host.died).toEqual(["maxlen 3"]);
  });

  it("refuses new messages with reject-publish, and dead-letters nothing", () => {
    const { host, queue } = queueWith({ "x-max-length": 1, "x-overflow": "reject-publish", ...deadLetters });
    expect(publishWith(queue, { body: "1" })).toBe(true);
    expect(publishWith(queue, { body: "2" })).toBe(false);
    expect(host.died).toEqual([]);
    expect(drain(queue)).toEqual(["1"]);
    expect(publishWith(queue, { body: "3" })).toBe(true);
    expect(queue.totals.published).toBe(2);
  });

  it("refuses and dead-letters with reject-publish-dlx", () => {
    const { host, queue } = queueWith({ "x-max-length-bytes": 3, "x-overflow": "reject-publish-dlx", ...deadLetters });
    expect(publishWith(queue, { body: "abc" })).toBe(true);
    expect(publishWith(queue, { body: "d" })).toBe(false);
    expect(publishWith(queue, { body: "" })).toBe(true);
    expect(host.died).toEqual(["maxlen d"]);
  });
});

describe("a queue that is deleted", () => {
  it("cancels its consumers and drops its ready messages without dead-lettering them", () => {
    const { host, queue } = queueWith({ "x-message-ttl": 100, ...deadLetters });
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "1", "2", "3");
    queue.removed();
    expect(consumer.cancelled).toBe(true);
    expect([queue.readyCount, queue.consumerCount, queue.unacknowledgedCount]).toEqual([0, 0, 1]);
    expect(host.died).toEqual([]);
  });

  it("ignores late settlements, and ends with a count of zero", () => {
    const { host, queue } = queueWith(deadLetters);
    const consumer = new FakeConsumer(queue);
    publish(queue, "1", "2", "3");
    queue.removed();
    consumer.acknowledge();
    consumer.reject();
    consumer.requeue();
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([0, 0]);
    expect(host.died).toEqual([]);
    expect(consumer.got).toEqual(["1", "2", "3"]);
  });

  it("is not deleted again by its last consumer", () => {
    const host = new FakeQueueHost();
    const queue = host.queue({ autoDelete: true });
    const consumer = new FakeConsumer(queue);
    queue.removed();
    queue.removeConsumer(consumer);
    expect(host.removed).toEqual([]);
  });
});

describe("a queue whose dead letters return to it", () => {
  it("never delivers more than the prefetch, even if messages arrive during a delivery", () => {
    const time = { now: 1000 };
    // A clock that jumps: an expired message is found at the next request.
    const host = new FakeQueueHost({ now: () => time.now, after: () => () => {} });
    const queue = host.queue({ arguments: deadLetters });
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "held");
    for (const body of ["1", "2"]) publishWith(queue, { body, expirationMs: 100 });
    let back = 0;
    host.onDeath = () => publish(queue, `back ${++back}`);
    time.now += 1000;
    consumer.acknowledge();
    expect(host.died).toEqual(["expired 1", "expired 2"]);
    expect(consumer.got).toEqual(["held", "back 1"]);
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([1, 1]);
  });

  it("accepts a rejected message again at once", () => {
    const { host, queue } = queueWith(deadLetters);
    host.onDeath = (message) => queue.publish(message);
    const consumer = new FakeConsumer(queue, { prefetch: 1 });
    publish(queue, "1", "2");
    consumer.reject();
    expect(consumer.got).toEqual(["1", "2"]);
    consumer.acknowledge();
    expect(consumer.got).toEqual(["1", "2", "1"]);
    expect([queue.readyCount, queue.unacknowledgedCount]).toEqual([0, 1]);
  });

  it("stays within its maximum length when dropped messages return", () => {
    const { host, queue } = queueWith({ "x-max-length": 1, ...deadLetters });
    host.onDeath = (message) => {
      if (host.died.length < 5) queue.publish(message);
    };
    publish(queue, "1", "2");
    expect(queue.readyCount).toBe(1);
    expect(host.died).toHaveLength(5);
    expect(drain(queue)).toHaveLength(1);
  });
});
