/** A map that forgets what is old, and never grows without end. */
import { describe, expect, it } from "vitest";
import { ExpiringMap } from "./expiring-map.ts";

function mapOf(size: number, ageMs: number): { map: ExpiringMap<true>; clock: { now: number } } {
  const clock = { now: 1000 };
  return { map: new ExpiringMap<true>({ size, ageMs, now: () => clock.now }), clock };
}

describe("ExpiringMap", () => {
  it("has only what was added", () => {
    const { map } = mapOf(10, 100);
    map.set("a", true);
    expect([map.get("a"), map.get("b")]).toEqual([true, undefined]);
  });

  it("keeps an entry for at least its age, and at most twice that", () => {
    for (let addedAt = 0; addedAt < 100; addedAt += 7) {
      const { map, clock } = mapOf(10, 100);
      clock.now += addedAt;
      map.set("a", true);
      clock.now += 100;
      expect(map.get("a"), `added at ${addedAt}`).toBe(true);
      // Others keep the map in use; the entry's own time is over.
      map.set("other", true);
      clock.now += 100;
      map.set("another", true);
      expect(map.get("a"), `added at ${addedAt}`).toBeUndefined();
    }
  });

  it("keeps an entry for at most twice its age, also if few others are added", () => {
    const { map, clock } = mapOf(10, 100);
    map.set("first", true);
    clock.now += 190;
    map.set("late", true);
    clock.now += 90;
    expect([map.get("late"), map.get("first")]).toEqual([true, undefined]);
  });

  it("forgets everything after two ages without an access", () => {
    const { map, clock } = mapOf(10, 100);
    map.set("a", true);
    clock.now += 200;
    expect(map.get("a")).toBeUndefined();
  });

  it("keeps at least `size` of the latest entries and at most twice as many", () => {
    const { map } = mapOf(10, 1_000_000);
    for (let entry = 0; entry < 1000; entry++) {
      map.set(String(entry), true);
      for (let back = 0; back < Math.min(10, entry + 1); back++) expect(map.get(String(entry - back))).toBe(true);
    }
    const kept = Array.from({ length: 1000 }, (_, entry) => map.get(String(entry))).filter(Boolean).length;
    expect(kept).toBeLessThanOrEqual(20);
  });

  it("forgets a deleted entry of either generation", () => {
    const { map, clock } = mapOf(10, 100);
    map.set("old", true);
    clock.now += 100;
    map.set("new", true);
    map.delete("old");
    map.delete("new");
    expect([map.get("old"), map.get("new")]).toEqual([undefined, undefined]);
  });

  it("keeps a permanent entry, however old it is and however many came since, until it gets another value", () => {
    const clock = { now: 0 };
    const map = new ExpiringMap<"open" | "shut">({ size: 10, ageMs: 100, stays: "open", now: () => clock.now });
    map.set("a", "open");
    for (let entry = 0; entry < 100; entry++) map.set(String(entry), "shut");
    clock.now += 250;
    expect(map.get("a")).toBe("open");
    clock.now += 1000;
    map.set("other", "shut");
    expect(map.get("a")).toBe("open");
    map.set("a", "shut");
    clock.now += 100;
    expect(map.get("a")).toBe("shut");
    clock.now += 100;
    expect(map.get("a")).toBeUndefined();
  });

  it("uses its own clock when no clock is given", () => {
    const map = new ExpiringMap<true>({ size: 1, ageMs: 1_000_000 });
    map.set("a", true);
    expect(map.get("a")).toBe(true);
  });
});
