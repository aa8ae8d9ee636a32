/** Waiting deliveries leave in order, and are requeued completely. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import { Backlog } from "./backlog.ts";

let order: string[];

beforeEach(() => {
  vi.useFakeTimers();
  order = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function waiting(...names: readonly string[]): Backlog {
  const backlog = new Backlog();
  for (const name of names) {
    const delivery = new FakeDelivery({ name });
    vi.spyOn(delivery, "requeue").mockImplementation(() => order.push(name) > 0);
    backlog.push(delivery.asDelivery);
  }
  return backlog;
}

const nameOf = (delivery: unknown): string | undefined => (delivery as FakeDelivery | undefined)?.name;

describe("Backlog", () => {
  it("returns deliveries first in, first out, over many rounds", () => {
    const backlog = waiting("a", "b");
    expect(nameOf(backlog.shift())).toBe("a");
    backlog.push(new FakeDelivery({ name: "c" }).asDelivery);
    expect(backlog.size).toBe(2);
    expect([backlog.shift(), backlog.shift(), backlog.shift()].map(nameOf)).toEqual(["b", "c", undefined]);
    expect(backlog.size).toBe(0);
  });

  it("requeues the remaining deliveries in order", () => {
    const backlog = waiting("a", "b", "c", "d");
    backlog.shift();
    expect(backlog.giveBack()).toBe(3);
    expect(order).toEqual(["b", "c", "d"]);
    expect([backlog.size, backlog.giveBack()]).toEqual([0, 0]);
  });

  it("drops its deliveries without a requeue when the channel is closed", () => {
    const backlog = waiting("a", "b");
    backlog.clear();
    expect([backlog.size, backlog.shift(), order]).toEqual([0, undefined, []]);
  });

  it("requeues everything when the oldest delivery was held too long", () => {
    const backlog = waiting("a");
    vi.advanceTimersByTime(600);
    backlog.push(new FakeDelivery({ name: "b" }).asDelivery);
    vi.advanceTimersByTime(400);
    expect(backlog.giveBackIfOlder(1000)).toBe(0);
    vi.advanceTimersByTime(1);
    expect(backlog.giveBackIfOlder(1000)).toBe(2);
    expect(backlog.giveBackIfOlder(0)).toBe(0);
  });

  it("measures the time of the oldest remaining delivery, not of one that was taken", () => {
    const backlog = waiting("a");
    vi.advanceTimersByTime(2000);
    backlog.push(new FakeDelivery({ name: "b" }).asDelivery);
    backlog.shift();
    expect(backlog.giveBackIfOlder(1000)).toBe(0);
    expect(backlog.size).toBe(1);
  });
});
