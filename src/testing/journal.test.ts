/** Which waiting caller gets which entry, and when no caller gets one. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Journal, type Wanted } from "./journal.ts";

afterEach(() => {
  vi.useRealTimers();
});

function wanted(given: Partial<Wanted<string>> = {}): Wanted<string> {
  return { count: 1, timeoutMs: 1000, fits: () => true, late: async () => new Error("late"), ...given };
}
const starting = (letter: string) => ({ fits: (value: string) => value.startsWith(letter) });

describe("a journal", () => {
  it("returns each entry once, existing and new ones", async () => {
    const journal = new Journal<string>();
    journal.add("a1");
    expect(await journal.take(wanted())).toEqual(["a1"]);
    const [first, second] = [journal.take(wanted()), journal.take(wanted())];
    journal.add("a2");
    journal.add("a3");
    expect([await first, await second]).toEqual([["a2"], ["a3"]]);
    expect(journal.all()).toEqual(["a1", "a2", "a3"]);
  });

  it("leaves entries that do not match to other readers, and takes several together or none", async () => {
    const journal = new Journal<string>();
    const pair = journal.take(wanted({ count: 2, ...starting("a") }));
    for (const entry of ["b1", "a1"]) journal.add(entry);
    expect(await journal.take(wanted(starting("a")))).toEqual(["a1"]);
    for (const entry of ["a2", "b2", "a3"]) journal.add(entry);
    expect(await pair).toEqual(["a2", "a3"]);
    expect(await journal.take(wanted({ count: 2 }))).toEqual(["b1", "b2"]);
    expect(journal.all(starting("b").fits)).toEqual(["b1", "b2"]);
  });

  it("rejects with the reason after the timeout, and takes no entry then", async () => {
    const journal = new Journal<string>();
    journal.add("a");
    await expect(journal.take(wanted({ count: 2, timeoutMs: 5 }))).rejects.toThrow("late");
    journal.add("b");
    expect(await journal.take(wanted({ count: 2 }))).toEqual(["a", "b"]);
  });

  it("uses real time when the test runner fakes its timers", async () => {
    vi.useFakeTimers();
    await expect(new Journal<string>().take(wanted({ timeoutMs: 5 }))).rejects.toThrow("late");
  });

  it("rejects with what the test's own condition threw, at the entry that caused it", async () => {
    const journal = new Journal<string>();
    const fits = (value: string): boolean => {
      if (value === "b") throw new Error("of the test");
      return false;
    };
    const taking = journal.take(wanted({ fits }));
    journal.add("a");
    journal.add("b");
    await expect(taking).rejects.toThrow("of the test");
    await expect(journal.take(wanted({ fits }))).rejects.toThrow("of the test");
  });

  it("rejects current and later waits after its end, but still returns existing entries", async () => {
    const journal = new Journal<string>();
    const waiting = journal.take(wanted());
    journal.end(new Error("stopped"));
    journal.end(new Error("again"));
    await expect(waiting).rejects.toThrow("stopped");
    journal.add("a");
    expect(await journal.take(wanted())).toEqual(["a"]);
    await expect(journal.take(wanted())).rejects.toThrow("stopped");
  });
});
