/** Whose turn it is. */
import { describe, expect, it } from "vitest";
import { type QueueConsumer, QueueConsumers } from "./queue-consumers.ts";

interface FakeConsumer extends QueueConsumer<string> {
  readonly name: string;
  canTake: boolean;
  isTimedOut: boolean;
  givesWay: boolean;
}

function consumer(name: string, priority = 0, exclusive = false): FakeConsumer {
  const noTimeout = { isTimedOut: false, givesWay: false };
  return { name, priority, exclusive, noAck: true, canTake: true, ...noTimeout, deliver() {}, cancelledByBroker() {} };
}

function turns(consumers: QueueConsumers<string, FakeConsumer>, count: number): string {
  return Array.from({ length: count }, () => consumers.next()?.name ?? "-").join("");
}

function setOf(singleActive: boolean, ...all: readonly FakeConsumer[]): QueueConsumers<string, FakeConsumer> {
  const consumers = new QueueConsumers<string, FakeConsumer>(singleActive);
  for (const one of all) consumers.add(one);
  return consumers;
}

describe("QueueConsumers", () => {
  it("rotates among consumers of equal priority", () => {
    expect(turns(setOf(false, consumer("a"), consumer("b"), consumer("c")), 7)).toBe("abcabca");
  });

  it("has no next consumer when there is none or none can take more", () => {
    expect(turns(setOf(false), 1)).toBe("-");
    const [a, b] = [consumer("a"), consumer("b")];
    const consumers = setOf(false, a, b);
    a.canTake = false;
    expect(turns(consumers, 2)).toBe("bb");
    b.canTake = false;
    expect(turns(consumers, 1)).toBe("-");
    a.canTake = true;
    expect(turns(consumers, 2)).toBe("aa");
  });

  it("serves a lower priority only when no higher one can take more", () => {
    const [low, high, other] = [consumer("l", -1), consumer("h", 5), consumer("o", 5)];
    const consumers = setOf(false, low, high, other);
    expect(turns(consumers, 4)).toBe("hoho");
    high.canTake = false;
    expect(turns(consumers, 2)).toBe("oo");
    other.canTake = false;
    expect(turns(consumers, 2)).toBe("ll");
    high.canTake = true;
    expect(turns(consumers, 2)).toBe("hh");
  });

  it("keeps the rotation when a consumer goes", () => {
    const [a, b, c, d] = [consumer("a"), consumer("b"), consumer("c"), consumer("d")];
    const consumers = setOf(false, a, b, c, d);
    expect(turns(consumers, 2)).toBe("ab");
    expect(consumers.remove(a)).toBe(true);
    expect(turns(consumers, 1)).toBe("c");
    consumers.remove(d);
    expect(turns(consumers, 3)).toBe("bcb");
    consumers.remove(c);
    expect(turns(consumers, 2)).toBe("bb");
    consumers.remove(b);
    expect(turns(consumers, 1)).toBe("-");
    expect(consumers.size).toBe(0);
  });

  it("activates another consumer when the active one held everything too long, and keeps it if there is no other", () => {
    const [a, b] = [consumer("a"), consumer("b")];
    const consumers = setOf(true, a, b);
    a.isTimedOut = true;
    consumers.timeoutsChanged();
    expect(turns(consumers, 1)).toBe("a");
    a.givesWay = true;
    consumers.timeoutsChanged();
    expect(turns(consumers, 1)).toBe("b");
    b.isTimedOut = b.givesWay = true;
    consumers.timeoutsChanged();
    expect(turns(consumers, 1)).toBe("-");
    a.isTimedOut = a.givesWay = false;
    consumers.timeoutsChanged();
    expect(turns(consumers, 1)).toBe("a");
  });

  it("removes a consumer once, and ignores one that it does not have", () => {
    const [a, b] = [consumer("a"), consumer("b")];
    const consumers = setOf(false, a);
    expect(consumers.remove(b)).toBe(false);
    expect(consumers.remove(a)).toBe(true);
    expect(consumers.remove(a)).toBe(false);
    expect([...consumers]).toEqual([]);
  });

  it("recognises an exclusive consumer", () => {
    const alone = consumer("a", 0, true);
    const consumers = setOf(false, alone);
    expect(consumers.exclusive).toBe(true);
    consumers.remove(alone);
    expect(consumers.exclusive).toBe(false);
    consumers.add(consumer("b"));
    expect(consumers.exclusive).toBe(false);
  });

  it("still works after hundreds of priorities came and went", () => {
    const consumers = setOf(false, consumer("a"));
    for (let priority = 1; priority <= 300; priority++) {
      const passing = consumer("p", priority);
      consumers.add(passing);
      expect(turns(consumers, 1)).toBe("p");
      consumers.remove(passing);
    }
    expect(turns(consumers, 2)).toBe("aa");
  });
});

describe("QueueConsumers with a single active one", () => {
  it("stays with the first consumer even if only another one could take more", () => {
    const [a, b] = [consumer("a"), consumer("b")];
    const consumers = setOf(true, a, b);
    expect(turns(consumers, 3)).toBe("aaa");
    a.canTake = false;
    expect(turns(consumers, 1)).toBe("-");
  });

  it("activates the next consumer when the active one goes, and stays when another one goes", () => {
    const [a, b, c] = [consumer("a"), consumer("b"), consumer("c")];
    const consumers = setOf(true, a, b, c);
    consumers.remove(b);
    expect(turns(consumers, 1)).toBe("a");
    consumers.remove(a);
    expect(turns(consumers, 1)).toBe("c");
    consumers.remove(c);
    expect(turns(consumers, 1)).toBe("-");
    consumers.add(a);
    expect(turns(consumers, 1)).toBe("a");
  });

  it("prefers the highest priority among the waiting consumers", () => {
    const [a, low, high] = [consumer("a", 1), consumer("l", 0), consumer("h", 9)];
    const consumers = setOf(true, a, low, high);
    expect(turns(consumers, 1)).toBe("a");
    consumers.remove(a);
    expect(turns(consumers, 1)).toBe("h");
    consumers.remove(high);
    expect(turns(consumers, 1)).toBe("l");
  });
});
