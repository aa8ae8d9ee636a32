// Going through a queue once: what stays keeps its order, what leaves has its confirmed copy, and looking wears nothing out.
import { expect, it } from "vitest";
import { type QueueWalkResult, type QueueWalkSettings, walkQueue } from "../../src/amqp-client/queue-walk.ts";
import type { TakenMessage } from "../../src/amqp-client/taken-message.ts";
import { isAtLeast } from "../conformance/broker-version.ts";
import {
  brokerKind,
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  type ForeignConnection,
  operator,
  uniqueName,
} from "../support/broker.ts";
import { createPublisher, messageTo, openConnection, rejection } from "./client.ts";

const never = new AbortController().signal;

async function filled(foreign: ForeignConnection, count: number, type = "quorum", more = {}): Promise<string> {
  const queue = uniqueName("walked");
  await foreign.channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": type, ...more } });
  const published = Array.from({ length: count }, (_, at) =>
    foreign.publish("", queue, String(at), { persistent: true, messageId: `m-${at}` }),
  );
  await Promise.all(published);
  return queue;
}

async function drained(foreign: ForeignConnection, queue: string): Promise<number[]> {
  const bodies: number[] = [];
  for (let message = await foreign.get(queue); message; message = await foreign.get(queue)) {
    bodies.push(Number(message.content.toString()));
  }
  return bodies;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function bodyOf(message: TakenMessage): number {
  return Number(message.content.toString());
}

type Parts = Pick<QueueWalkSettings, "connection" | "publisher" | "queue"> & Partial<QueueWalkSettings>;

function settingsOf(parts: Parts): QueueWalkSettings {
  return {
    signal: never,
    decide: () => ({ kind: "keep" }),
    settled: () => {},
    wanted: () => Number.POSITIVE_INFINITY,
    renew: (message) => messageTo(parts.queue, message.content),
    ...parts,
  };
}

describeWithBroker("walkQueue", () => {
  it.each(["classic", "quorum"])("keeps a %s queue in order, however often it is read", async (type) => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 500, type);
    for (let look = 1; look <= 12; look++) {
      const seen: number[] = [];
      const decide: QueueWalkSettings["decide"] = (message) => {
        seen.push(bodyOf(message));
        return { kind: "keep" };
      };
      const report = await walkQueue(settingsOf({ connection, publisher, queue, decide }));
      expect(report).toEqual({ standing: 500, seen: 500, complete: true, why: undefined });
      expect(seen).toEqual(upTo(500));
    }
    expect(await drained(foreign, queue)).toEqual(upTo(500));
    await foreign.deleteQueue(queue);
  });

  it("never requeues a message so often that its delivery limit drops it", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 70, "quorum", { "x-delivery-limit": 5 });
    const counts: number[] = [];
    for (let look = 1; look <= 14; look++) {
      const decide: QueueWalkSettings["decide"] = (message) => {
        counts.push(message.deliveryCount);
        return { kind: "keep" };
      };
      await walkQueue(settingsOf({ connection, publisher, queue, decide }));
    }
    // RabbitMQ 4.3 counts only deliveries that failed: a return with basic.nack does not count.
    expect(Math.max(...counts)).toBe(isAtLeast(foreign, 4, 3) ? 0 : 5);
    expect(await drained(foreign, queue)).toEqual(upTo(70));
    await foreign.deleteQueue(queue);
  });

  it("stops early without changing the order of the queue, also after another walk", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 400);
    for (const wanted of [100, 3, 50, 1]) {
      let seen = 0;
      const decide: QueueWalkSettings["decide"] = () => {
        seen++;
        return { kind: "keep" };
      };
      const stillWanted = (): number => wanted - seen;
      await walkQueue(settingsOf({ connection, publisher, queue, decide, wanted: stillWanted }));
    }
    expect(await drained(foreign, queue)).toEqual(upTo(400));
    await foreign.deleteQueue(queue);
  });

  it.runIf(brokerKind === "embedded")("takes at most the requested messages", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 100);
    for (const wanted of [3, 3, 40]) {
      let seen = 0;
      const decide: QueueWalkSettings["decide"] = () => {
        seen++;
        return { kind: "keep" };
      };
      await walkQueue(settingsOf({ connection, publisher, queue, decide, wanted: () => wanted - seen }));
      expect(seen).toBe(wanted);
    }
    const counts: (number | undefined)[] = [];
    for (let message = await foreign.get(queue); message; message = await foreign.get(queue)) {
      counts.push(message.properties.headers?.["x-acquired-count"] as number | undefined);
    }
    expect(counts.slice(0, 41)).toEqual([3, 3, 3, ...Array.from({ length: 37 }, () => 1), counts[99]]);
    await foreign.deleteQueue(queue);
  });

  it("sends the selected messages in order, removes them, and keeps the rest", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 300);
    const target = await filled(foreign, 0);
    const results = new Map<QueueWalkResult, number>();
    await walkQueue(
      settingsOf({
        connection,
        publisher,
        queue,
        decide: (message) => {
          if (bodyOf(message) % 3 === 0) {
            return { kind: "send", copy: messageTo(target, message.content, { mandatory: true }) };
          }
          return { kind: bodyOf(message) % 3 === 1 ? "remove" : "keep" };
        },
        settled: (_, result) => void results.set(result, (results.get(result) ?? 0) + 1),
      }),
    );
    expect(Object.fromEntries(results)).toEqual({ sent: 100, removed: 100, kept: 100 });
    expect(await drained(foreign, target)).toEqual(upTo(300).filter((body) => body % 3 === 0));
    expect(await drained(foreign, queue)).toEqual(upTo(300).filter((body) => body % 3 === 2));
    await foreign.deleteQueue(queue);
    await foreign.deleteQueue(target);
  });

  it("visits a message that returns during the walk only once", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 80);
    const decide: QueueWalkSettings["decide"] = ({ content }) => ({ kind: "send", copy: messageTo(queue, content) });
    const report = await walkQueue(settingsOf({ connection, publisher, queue, decide }));
    expect(report).toMatchObject({ standing: 80, seen: 80, complete: true });
    expect(await drained(foreign, queue)).toEqual(upTo(80));
    await foreign.deleteQueue(queue);
  });

  it("keeps messages whose copy reached no queue, and continues", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 50);
    const results: QueueWalkResult[] = [];
    const copy = (message: TakenMessage) => messageTo(uniqueName("absent"), message.content, { mandatory: true });
    await walkQueue(
      settingsOf({
        connection,
        publisher,
        queue,
        decide: (message) => ({ kind: "send", copy: copy(message) }),
        settled: (_, result) => void results.push(result),
      }),
    );
    expect(results).toEqual(Array(50).fill("returned"));
    expect(await drained(foreign, queue)).toEqual(upTo(50));
    await foreign.deleteQueue(queue);
  });

  it("ends at a refused copy, with every message still in the queue", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 100);
    const target = uniqueName("full");
    const full = { "x-queue-type": "classic", "x-max-length": 5, "x-overflow": "reject-publish" };
    await foreign.channel.assertQueue(target, { durable: true, arguments: full });
    const decide: QueueWalkSettings["decide"] = ({ content }) => ({ kind: "send", copy: messageTo(target, content) });
    const report = await walkQueue(settingsOf({ connection, publisher, queue, decide }));
    expect(report.complete).toBe(false);
    expect(report.why).toContain("not confirmed");
    const [sent, left] = [await drained(foreign, target), await drained(foreign, queue)];
    expect([...sent, ...left].sort((a, b) => a - b)).toEqual(upTo(100));
    expect(left).toEqual([...left].sort((a, b) => a - b));
    await foreign.deleteQueue(queue);
    await foreign.deleteQueue(target);
  });

  it("stops at a signal, and keeps the rest in order", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 100);
    const stopping = new AbortController();
    const decide: QueueWalkSettings["decide"] = (message) => {
      if (bodyOf(message) === 40) stopping.abort();
      return { kind: bodyOf(message) % 2 === 0 ? "remove" : "keep" };
    };
    const report = await walkQueue(settingsOf({ connection, publisher, queue, decide, signal: stopping.signal }));
    expect(report).toMatchObject({ seen: 40, complete: false });
    expect(await drained(foreign, queue)).toEqual(upTo(100).filter((body) => body >= 40 || body % 2 === 1));
    await foreign.deleteQueue(queue);
  });

  it("ends when other consumers take the messages", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 40);
    let purged = false;
    const decide: QueueWalkSettings["decide"] = async () => {
      if (!purged) await foreign.channel.purgeQueue(queue);
      purged = true;
      return { kind: "keep" };
    };
    const report = await walkQueue(settingsOf({ connection, publisher, queue, decide }));
    expect(report).toMatchObject({ standing: 40, seen: 32, complete: true });
    expect(await drained(foreign, queue)).toEqual(upTo(32));
    await foreign.deleteQueue(queue);
  });

  it("rejects when the connection is cut, with every message still in its queue", async () => {
    await using connection = await openConnection();
    await using publisher = createPublisher(connection, { republishUnknown: false });
    await using foreign = await connectForeign();
    const queue = await filled(foreign, 100);
    const decide: QueueWalkSettings["decide"] = async (message) => {
      if (bodyOf(message) === 50) await connection.close();
      return { kind: "keep" };
    };
    const error = await rejection(walkQueue(settingsOf({ connection, publisher, queue, decide })));
    expect(error).toMatchObject({ code: "ERR_AMQP_SWEEP_LOST" });
    const left = await drained(foreign, queue);
    expect(left.sort((a, b) => a - b)).toEqual(upTo(100));
    await foreign.deleteQueue(queue);
  });
});

describeWithPrivateBroker("a queue that may not be read", () => {
  it("gives an error with a solution, and takes no message", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    const queue = await filled(foreign, 3);
    await operator().setPermissions(host.name, { configure: "^$", write: "^$", read: "^$" });
    await using connection = await openConnection({ url: host.url });
    await using publisher = createPublisher(connection, { republishUnknown: false });
    const error = await rejection(walkQueue(settingsOf({ connection, publisher, queue })));
    expect(error).toMatchObject({ code: "ERR_AMQP_PERMISSION", message: expect.stringContaining("set_permissions") });
    // Newer brokers check a permission before they report how many messages a queue has.
    await operator().setPermissions(host.name, { configure: ".*", write: "^$", read: "^$" });
    expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 3 });
  });
});
