/** Lanes: one message of each key at a time, in the order in which they came, whatever happens to earlier ones. */
import { beforeEach, describe, expect, it } from "vitest";
import { FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Incoming } from "../contracts/read-body.ts";
import { Lanes } from "./lanes.ts";

let ready: string[];
let lanes: Lanes;
let reads: (() => void)[];
let deliveries: Map<string, FakeDelivery>;

const nameOf = (delivery: Delivery): string => (delivery as unknown as FakeDelivery).name;
const incomingOf = (data: string): Incoming => ({ message: data, data, messageUuid: undefined });

function open(read?: (delivery: Delivery) => Incoming | Promise<Incoming>): Lanes {
  return new Lanes({
    read: read ?? ((delivery) => incomingOf(nameOf(delivery))),
    readsFirst: true,
    keyOf: (_, incoming) => {
      const text = String(incoming?.data);
      return text.startsWith("-") ? undefined : text.slice(0, 1);
    },
    ready: (delivery) => void ready.push(nameOf(delivery)),
  });
}

beforeEach(() => {
  ready = [];
  reads = [];
  deliveries = new Map();
  lanes = open();
});

function come(...names: readonly string[]): void {
  for (const name of names) {
    const delivery = new FakeDelivery({ name });
    deliveries.set(name, delivery);
    lanes.accept(delivery.asDelivery);
  }
}

function deliveryOf(name: string): Delivery {
  const delivery = deliveries.get(name);
  if (!delivery) throw new Error(`${name} never came`);
  return delivery.asDelivery;
}

const begin = (name: string): void => lanes.deliveries.began(deliveryOf(name));

function end(name: string): void {
  deliveryOf(name).acknowledge();
  lanes.ended(deliveryOf(name));
}

describe("lanes", () => {
  it("run the first message of each key, and the next when it has ended", () => {
    come("a1", "a2", "b1", "a3", "b2");
    expect([ready, lanes.count, lanes.waiting]).toEqual([["a1", "b1"], 2, 5]);
    begin("a1");
    begin("b1");
    expect(lanes.waiting).toBe(3);
    end("b1");
    end("a1");
    expect(ready).toEqual(["a1", "b1", "b2", "a2"]);
    begin("a2");
    end("a2");
    begin("a3");
    end("a3");
    begin("b2");
    end("b2");
    expect([ready.at(-1), lanes.count, lanes.waiting]).toEqual(["a3", 0, 0]);
  });

  it("run messages without a key at once", () => {
    come("-1", "-2", "a1");
    expect([ready, lanes.count]).toEqual([["-1", "-2", "a1"], 1]);
  });

  it("run a repeated message before those behind it, and read it again", () => {
    let count = 0;
    lanes = open((delivery) => incomingOf(`${nameOf(delivery)} read ${++count}`));
    come("a1", "a2");
    begin("a1");
    const first = lanes.deliveries.read(deliveryOf("a1"));
    lanes.deliveries.again(deliveryOf("a1"));
    lanes.ended(deliveryOf("a1"));
    expect(ready).toEqual(["a1", "a1"]);
    expect([first, lanes.deliveries.read(deliveryOf("a1"))]).toMatchObject([
      { data: "a1 read 1" },
      { data: "a1 read 3" },
    ]);
    end("a1");
    expect(ready).toEqual(["a1", "a1", "a2"]);
  });

  it("continue when a message to repeat lost its channel", () => {
    come("a1");
    begin("a1");
    lanes.deliveries.again(deliveryOf("a1"));
    const gone = deliveries.get("a1");
    if (gone) gone.channelLives = false;
    lanes.lost();
    come("a2");
    expect(ready).toEqual(["a1"]);
    lanes.ended(deliveryOf("a1"));
    expect(ready).toEqual(["a1", "a2"]);
  });

  it("keep the lane of a running message when the channel is closed, so that its redelivery waits", () => {
    come("a1", "a2", "b1");
    begin("a1");
    for (const delivery of deliveries.values()) delivery.channelLives = false;
    lanes.lost();
    const runs = deliveryOf("a1");
    expect([lanes.count, lanes.waiting]).toEqual([1, 0]);
    come("a1", "a2", "b1");
    expect(ready).toEqual(["a1", "b1", "b1"]);
    lanes.ended(runs);
    expect(ready).toEqual(["a1", "b1", "b1", "a1"]);
  });

  it("accept no message of a closed channel", () => {
    const late = new FakeDelivery({ name: "a1" });
    late.channelLives = false;
    lanes.accept(late.asDelivery);
    expect([ready, lanes.count, lanes.waiting]).toEqual([[], 0, 0]);
  });

  it("keep the order of arrival when reading takes time", async () => {
    lanes = open((delivery) => {
      const incoming = incomingOf(nameOf(delivery));
      return nameOf(delivery) === "a2" ? incoming : new Promise((resolve) => reads.push(() => resolve(incoming)));
    });
    come("a1", "a2", "a3");
    expect([ready, lanes.waiting]).toEqual([[], 3]);
    reads.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(ready).toEqual(["a1"]);
    begin("a1");
    end("a1");
    expect(ready).toEqual(["a1", "a2"]);
  });

  it("run a message that cannot be read, so that it is dead-lettered without a delay for others", () => {
    lanes = open((delivery) => {
      if (nameOf(delivery) === "a2") throw new Error("not JSON");
      return incomingOf(nameOf(delivery));
    });
    come("a1", "a2", "a3");
    expect(ready).toEqual(["a1", "a2"]);
    expect(() => lanes.deliveries.read(deliveryOf("a2"))).toThrow("not JSON");
  });

  it("finish a long lane of runs that end at once", () => {
    lanes = new Lanes({
      read: () => incomingOf("a"),
      readsFirst: true,
      keyOf: () => "a",
      ready(delivery) {
        ready.push(nameOf(delivery));
        if (nameOf(delivery) === "first") return;
        lanes.deliveries.began(delivery);
        delivery.acknowledge();
        lanes.ended(delivery);
      },
    });
    come("first", ...Array.from({ length: 20_000 }, (_, number) => `${number}`));
    begin("first");
    end("first");
    expect([ready.length, lanes.count, lanes.waiting]).toEqual([20_001, 0, 0]);
  });

  it("do not read a message before its run if the key does not depend on its content", () => {
    lanes = new Lanes({
      read: (delivery) => {
        reads.push(() => {});
        return incomingOf(nameOf(delivery));
      },
      readsFirst: false,
      keyOf: (_, incoming) => (incoming ? "read" : "unread"),
      ready: (delivery) => void ready.push(nameOf(delivery)),
    });
    come("a1", "b1");
    expect([ready, reads.length, lanes.count]).toEqual([["a1"], 0, 1]);
    begin("a1");
    expect(lanes.deliveries.read(deliveryOf("a1"))).toMatchObject({ data: "a1" });
    end("a1");
    expect([ready, reads.length]).toEqual([["a1", "b1"], 1]);
  });
});
