/** A second copy of a message is not handled again, unless the first one failed. */
import { describe, expect, it, vi } from "vitest";
import { Duplicates, identityOf } from "./duplicates.ts";

describe("Duplicates", () => {
  it("allows a new id, and recognises it once it is done", () => {
    const duplicates = new Duplicates();
    expect(duplicates.claim("a")).toBe("new");
    duplicates.release("a", true);
    expect([duplicates.claim("a"), duplicates.claim("a"), duplicates.claim("b")]).toEqual(["done", "done", "new"]);
    expect(duplicates.count).toBe(2);
  });

  it("remembers at most as many ids as its window", () => {
    const duplicates = new Duplicates({ size: 2, ageMs: 60_000 });
    for (const id of ["a", "b", "c", "d", "e"]) {
      expect(duplicates.claim(id)).toBe("new");
      duplicates.release(id, true);
    }
    expect([duplicates.claim("e"), duplicates.claim("d"), duplicates.claim("a")]).toEqual(["done", "done", "new"]);
  });

  it("forgets ids that are older than its window, but never one that still runs", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const duplicates = new Duplicates({ size: 100, ageMs: 1000 });
    void duplicates.claim("runs");
    void duplicates.claim("done");
    duplicates.release("done", true);
    vi.advanceTimersByTime(900);
    expect(duplicates.claim("done")).toBe("done");
    vi.advanceTimersByTime(2000);
    expect(duplicates.claim("done")).toBe("new");
    expect(duplicates.claim("runs")).toBeInstanceOf(Promise);
    vi.useRealTimers();
  });

  it("keeps an id for at most twice the age of its window, also if few messages arrive", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const duplicates = new Duplicates({ size: 100, ageMs: 1000 });
    const handle = (id: string): void => {
      expect(duplicates.claim(id)).toBe("new");
      duplicates.release(id, true);
    };
    handle("first");
    vi.advanceTimersByTime(1900);
    handle("late");
    vi.advanceTimersByTime(900);
    expect([duplicates.claim("late"), duplicates.claim("first")]).toEqual(["done", "new"]);
    vi.useRealTimers();
  });

  it("keeps every running id, and `size` finished ones, when more run than the window holds", () => {
    const duplicates = new Duplicates({ size: 2, ageMs: 60_000 });
    const ids = Array.from({ length: 50 }, (_, at) => `id ${at}`);
    for (const id of ids) expect(duplicates.claim(id)).toBe("new");
    for (const id of ids) expect(duplicates.claim(id)).toBeInstanceOf(Promise);
    for (const id of ids) duplicates.release(id, true);
    const latest = ids.slice(-2).map((id) => duplicates.claim(id));
    expect([...latest, duplicates.claim("id 0")]).toEqual(["done", "done", "new"]);
  });

  it("forgets an id whose run failed", () => {
    const duplicates = new Duplicates();
    expect(duplicates.claim("a")).toBe("new");
    duplicates.release("a", false);
    expect([duplicates.claim("a"), duplicates.count]).toEqual(["new", 0]);
  });

  it.each([
    [true, "done"],
    [false, "new"],
  ])("makes a copy wait for the running one, then check again (it succeeded: %s)", async (succeeded, then) => {
    const duplicates = new Duplicates();
    expect(duplicates.claim("a")).toBe("new");
    const [second, third] = [duplicates.claim("a"), duplicates.claim("a")];
    expect(second).toBeInstanceOf(Promise);
    duplicates.release("a", succeeded);
    await Promise.all([second, third]);
    expect(duplicates.claim("a")).toBe(then);
  });

  it("allows one copy at a time when every run fails", async () => {
    const duplicates = new Duplicates();
    let [running, runs] = [0, 0];
    const copy = async (): Promise<void> => {
      const claim = duplicates.claim("a");
      if (claim === "done") return;
      if (claim !== "new") return claim.then(copy);
      running++;
      expect(running).toBe(1);
      await Promise.resolve();
      running--;
      duplicates.release("a", ++runs === 3);
    };
    await Promise.all(Array.from({ length: 5 }, copy));
    expect([runs, duplicates.count]).toEqual([3, 2]);
  });
});

describe("the identity of a message", () => {
  it("is its id, and a different one for each replay", () => {
    expect([identityOf("a", undefined), identityOf("a", "r")]).toEqual(["a", "a replayed r"]);
  });

  it("is short however long the id is, and differs when ids differ", () => {
    const long = "u".repeat(1_000_000);
    const ids = [identityOf(`${long}1`, undefined), identityOf(`${long}2`, undefined), identityOf(long, "r")];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id.length).toBeLessThan(256);
    expect(identityOf(`${long}1`, undefined)).toBe(ids[0]);
  });
});
