/** What is ready: its order, its counts, and what expires at the front. */
import { describe, expect, it } from "vitest";
import { queuedMessage } from "../../test/support/stored-messages.ts";
import type { QueuedMessage } from "./message.ts";
import { profileOf } from "./profile.ts";
import { ReadyMessages } from "./ready-messages.ts";
import { readyOrderOf } from "./ready-order.ts";

function readyOf(highest: number, ...entries: readonly QueuedMessage[]): ReadyMessages {
  const ready = new ReadyMessages(readyOrderOf({ type: "classic", maxPriority: highest }, profileOf()));
  for (const entry of entries) ready.push(entry);
  return ready;
}

function takeAll(ready: ReadyMessages): number[] {
  const positions: number[] = [];
  for (let entry = ready.shift(); entry; entry = ready.shift()) positions.push(entry.position);
  return positions;
}

const ofPriority = (position: number, priority: number) => queuedMessage(position, { priority });

describe("ReadyMessages", () => {
  it("returns the highest priority first, and equal priorities in their order", () => {
    const ready = readyOf(5, ofPriority(0, 1), ofPriority(1, 5), ofPriority(2, 0), ofPriority(3, 5), ofPriority(4, 1));
    expect(takeAll(ready)).toEqual([1, 3, 0, 4, 2]);
  });

  it("lowers priorities above the maximum to the maximum", () => {
    expect(takeAll(readyOf(5, ofPriority(0, 5), ofPriority(1, 255), ofPriority(2, 5)))).toEqual([0, 1, 2]);
  });

  it("ignores priorities in a queue without priorities", () => {
    expect(takeAll(readyOf(0, ofPriority(0, 1), ofPriority(1, 9), ofPriority(2, 0)))).toEqual([0, 1, 2]);
  });

  it("restores each entry among those of its priority, in any order of return", () => {
    const ready = readyOf(2, ...[0, 1, 2, 3, 4, 5].map((position) => ofPriority(position, position % 3)));
    const [five, two, four] = [ready.shift(), ready.shift(), ready.shift()] as QueuedMessage[];
    expect([five, two, four].map((entry) => entry?.position)).toEqual([2, 5, 1]);
    ready.putBack([four, two, five] as QueuedMessage[]);
    expect(takeAll(ready)).toEqual([2, 5, 1, 4, 0, 3]);
  });

  it("counts messages and the bytes of their bodies", () => {
    const ready = readyOf(1, queuedMessage(0, { body: "abc" }), queuedMessage(1, { body: "" }), ofPriority(12, 1));
    expect([ready.count, ready.bytes]).toEqual([3, 5]);
    const first = ready.shift() as QueuedMessage;
    expect([ready.count, ready.bytes]).toEqual([2, 3]);
    ready.putBack([first]);
    expect([ready.count, ready.bytes]).toEqual([3, 5]);
    takeAll(ready);
    ready.shift();
    expect([ready.count, ready.bytes]).toEqual([0, 0]);
  });

  it("removes expired messages only from the front", () => {
    const [early, never, late] = [queuedMessage(0, {}, 100), queuedMessage(1), queuedMessage(2, {}, 100)];
    const ready = readyOf(0, early, never, late);
    expect(ready.shiftExpired(99)).toEqual([]);
    expect(ready.shiftExpired(100)).toEqual([early]);
    expect(ready.count).toBe(2);
    expect(ready.nextExpiry).toBeUndefined();
    ready.shift();
    expect(ready.nextExpiry).toBe(100);
    expect(ready.shiftExpired(500)).toEqual([late]);
    expect([ready.count, ready.bytes, ready.nextExpiry]).toEqual([0, 0, undefined]);
  });

  it("knows when the front message expires, after every return and removal", () => {
    const ready = readyOf(0, queuedMessage(0, {}, 300), queuedMessage(1, {}, 200));
    expect(ready.nextExpiry).toBe(300);
    const first = ready.shift() as QueuedMessage;
    expect(ready.nextExpiry).toBe(200);
    ready.putBack([first]);
    expect(ready.nextExpiry).toBe(300);
  });

  it("looks for expired messages where the next message is: at the highest priority", () => {
    const ready = readyOf(1, queuedMessage(0, {}, 100), queuedMessage(1, { priority: 1 }));
    expect(ready.shiftExpired(200)).toEqual([]);
    ready.shift();
    expect(ready.shiftExpired(200)).toHaveLength(1);
  });
});
