/** Delivery tags and what they take. */
import { describe, expect, it } from "vitest";
import { queuedMessage } from "../../test/support/stored-messages.ts";
import { seededRandom } from "../testing/random.ts";
import type { Queue } from "./queue.ts";
import { Unacknowledged, type UnacknowledgedDelivery } from "./unacknowledged.ts";

// Nothing here asks the queue for anything.
const queue = {} as Queue;

function delivery(tag: number): UnacknowledgedDelivery<string> {
  return { tag, entry: queuedMessage(tag), queue, consumer: "c", due: 1000 + tag, timedOut: false };
}

function setOf(...tags: readonly number[]): Unacknowledged<string> {
  const set = new Unacknowledged<string>();
  for (const tag of tags) set.add(delivery(tag));
  return set;
}

/** The first that it lists. */
function oldestOf(set: Unacknowledged<string>): UnacknowledgedDelivery<string> | undefined {
  for (const first of set) return first;
  return undefined;
}

const tagsOf = (deliveries: readonly UnacknowledgedDelivery<string>[]) => deliveries.map(({ tag }) => tag);

describe("Unacknowledged", () => {
  it("removes one delivery, once", () => {
    const set = setOf(1, 2, 3);
    expect(set.takeOne(2)?.tag).toBe(2);
    expect(set.takeOne(2)).toBeUndefined();
    expect([set.has(1), set.has(2), set.size]).toEqual([true, false, 2]);
  });

  it("removes all deliveries up to a tag, and all of them for tag 0", () => {
    const set = setOf(1, 3, 5, 7);
    expect(tagsOf(set.takeUpTo(5))).toEqual([1, 3, 5]);
    expect(tagsOf(set.takeUpTo(6))).toEqual([]);
    expect(tagsOf(set.takeUpTo(0))).toEqual([7]);
    expect(tagsOf(set.takeUpTo(0))).toEqual([]);
    expect(set.size).toBe(0);
  });

  it("stays correct after thousands of settlements in and out of order", { timeout: 30_000 }, () => {
    const random = seededRandom(7);
    const set = new Unacknowledged<string>();
    const model = new Set<number>();
    for (let step = 0, tag = 0; step < 20_000; step++) {
      // Tags leave gaps where deliveries need no acknowledgement. The first stays unsettled: later ones must not pile up.
      tag += 1 + Math.floor(random() * 3);
      set.add(delivery(tag));
      model.add(tag);
      const tags = [...model];
      const settled = tags[step % 1000 === 999 ? 0 : Math.floor(random() * tags.length)] as number;
      if (model.size > 150) {
        const upTo = tags[100] as number;
        expect(tagsOf(set.takeUpTo(upTo))).toEqual(tags.slice(0, 101));
        for (const one of tags.slice(0, 101)) model.delete(one);
      } else if (random() < 0.7) {
        expect(set.takeOne(settled)?.tag).toBe(settled);
        model.delete(settled);
      }
      expect([set.size, set.has(tag), oldestOf(set)?.tag]).toEqual([model.size, model.has(tag), [...model][0]]);
    }
    expect(tagsOf(set.takeUpTo(0))).toEqual([...model]);
  });

  it("knows the oldest delivery", () => {
    const set = setOf(4, 5);
    expect(oldestOf(set)?.due).toBe(1004);
    set.takeOne(4);
    expect(oldestOf(set)?.tag).toBe(5);
    set.takeOne(5);
    expect(oldestOf(set)).toBeUndefined();
  });

  it("has restored deliveries at their old position: the oldest first, and included by a later tag", () => {
    const set = setOf(1, 2, 3, 4);
    const taken = [set.takeOne(3), set.takeOne(1)] as UnacknowledgedDelivery<string>[];
    set.restore(taken);
    expect(oldestOf(set)?.tag).toBe(1);
    expect(tagsOf(set.takeUpTo(3))).toEqual([1, 2, 3]);
    expect(set.size).toBe(1);
  });
});
