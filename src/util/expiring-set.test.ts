/** A set that forgets what is old, and never grows without end. */
import { describe, expect, it } from "vitest";
import { ExpiringSet } from "./expiring-set.ts";

function setOf(size: number, ageMs: number): { set: ExpiringSet; clock: { now: number } } {
  const clock = { now: 1000 };
  return { set: new ExpiringSet({ size, ageMs, now: () => clock.now }), clock };
}

describe("ExpiringSet", () => {
  it("has what was added, and nothing else", () => {
    const { set } = setOf(10, 100);
    set.add("a");
    expect([set.has("a"), set.has("b")]).toEqual([true, false]);
  });

  it("keeps an entry for at least its age, and at most twice that", () => {
    for (let addedAt = 0; addedAt < 100; addedAt += 7) {
      const { set, clock } = setOf(10, 100);
      clock.now += addedAt;
      set.add("a");
      clock.now += 100;
      expect(set.has("a"), `added at ${addedAt}`).toBe(true);
      // Others keep the set at work; the entry's own time is over.
      set.add("other");
      clock.now += 100;
      set.add("another");
      expect(set.has("a"), `added at ${addedAt}`).toBe(false);
    }
  });

  it("forgets everything after two ages in which nothing was asked", () => {
    const { set, clock } = setOf(10, 100);
    set.add("a");
    clock.now += 200;
    expect(set.has("a")).toBe(false);
  });

  it("keeps at least `size` of the latest entries and at most twice as many", () => {
    const { set } = setOf(10, 1_000_000);
    for (let entry = 0; entry < 1000; entry++) {
      set.add(String(entry));
      for (let back = 0; back < Math.min(10, entry + 1); back++) expect(set.has(String(entry - back))).toBe(true);
    }
    const kept = Array.from({ length: 1000 }, (_, entry) => set.has(String(entry))).filter(Boolean).length;
    expect(kept).toBeLessThanOrEqual(20);
  });

  it("forgets an entry that is deleted, of either generation", () => {
    const { set, clock } = setOf(10, 100);
    set.add("old");
    clock.now += 100;
    set.add("new");
    set.delete("old");
    set.delete("new");
    expect([set.has("old"), set.has("new")]).toEqual([false, false]);
  });

  it("counts time on its own when no clock is given", () => {
    const set = new ExpiringSet({ size: 1, ageMs: 1_000_000 });
    set.add("a");
    expect(set.has("a")).toBe(true);
  });
});
