/** Duplicates across processes: leases, waiting for another process, and a store that gives no answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { createSilentLogger, type Logger } from "../../../log/logger.ts";
import { systemClock } from "../../../util/clock.ts";
import { type ClaimAnswer, type DeduplicationStore, memoryDeduplicationStore } from "../options/deduplication-store.ts";
import { Duplicates } from "./duplicates.ts";
import { SharedDuplicates } from "./shared-duplicates.ts";

let store: DeduplicationStore;
let shutdown: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  store = memoryDeduplicationStore();
  shutdown = new AbortController();
});
afterEach(() => {
  vi.useRealTimers();
});

/** One process. */
function open(owner: string, given = store, logger: Logger = createSilentLogger()): SharedDuplicates {
  return new SharedDuplicates({
    store: given,
    local: new Duplicates(),
    prefix: "orders.on:",
    owner,
    logger,
    clock: systemClock,
    holdMs: 100_000,
    signal: shutdown.signal,
  });
}

/** What a claim came to, as far as it has come. */
function claim(duplicates: SharedDuplicates, id: string): { answer: unknown } {
  const found: { answer: unknown } = { answer: "waits" };
  void Promise.resolve(duplicates.claim(id)).then((answer) => {
    found.answer = answer;
  });
  return found;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("duplicates that two processes share", () => {
  it("are done for one when the other has done them", async () => {
    const [first, second] = [open("first"), open("second")];
    const claimed = claim(first, "a");
    await pass(0);
    await first.release("a", true);
    const again = claim(second, "a");
    await pass(0);
    expect([claimed.answer, again.answer]).toEqual(["new", "done"]);
  });

  it("wait as long as the other works, however long its lease is, and are free when it failed", async () => {
    const [first, second] = [open("first"), open("second")];
    claim(first, "a");
    await pass(0);
    const waiting = claim(second, "a");
    await pass(90_000);
    expect(waiting.answer).toBe("waits");
    await first.release("a", false);
    await pass(5000);
    expect(waiting.answer).toBe("new");
  });

  it("are free half a minute after the process that worked on them died", async () => {
    await store.claim("orders.on:a", "dead", 30_000);
    const waiting = claim(open("second"), "a");
    await pass(24_000);
    expect(waiting.answer).toBe("waits");
    await pass(12_000);
    expect(waiting.answer).toBe("new");
  });

  it.each([
    ["the broker's consumer timeout comes", () => pass(120_000)],
    [
      "the service stops",
      async () => {
        shutdown.abort();
        await pass(0);
      },
    ],
  ])("come later when %s before the other has ended", async (_, happen) => {
    const [first, second] = [open("first"), open("second")];
    claim(first, "a");
    await pass(0);
    const waiting = claim(second, "a");
    await pass(1000);
    await happen();
    expect(waiting.answer).toBe("later");
  });

  it("ask the store once for copies in one process", async () => {
    const asked = vi.spyOn(store, "claim");
    const duplicates = open("first");
    const [one, two] = [claim(duplicates, "a"), claim(duplicates, "a")];
    await pass(0);
    expect([one.answer, two.answer, asked.mock.calls.length]).toEqual(["new", "waits", 1]);
    await duplicates.release("a", true);
    await pass(0);
    // Ask again, and it is done.
    expect([two.answer, duplicates.claim("a"), asked.mock.calls.length]).toEqual([undefined, "done", 1]);
  });

  it("are said to be done only when no claim that renews the lease is on its way", async () => {
    const calls: string[] = [];
    const answers: ((answer: ClaimAnswer) => void)[] = [];
    const slow: DeduplicationStore = {
      claim: () => {
        calls.push("claim");
        return new Promise((resolve) => answers.push(resolve));
      },
      complete: () => void calls.push("complete"),
      release: () => void calls.push("release"),
    };
    const duplicates = open("first", slow);
    claim(duplicates, "a");
    answers[0]?.("claimed");
    await pass(10_000);
    expect(calls).toEqual(["claim", "claim"]);
    const released = duplicates.release("a", true);
    await pass(0);
    expect(calls).toEqual(["claim", "claim"]);
    answers[1]?.("claimed");
    await released;
    expect(calls).toEqual(["claim", "claim", "complete"]);
  });

  it("renew no lease when nothing is running", async () => {
    const duplicates = open("first");
    claim(duplicates, "a");
    await pass(0);
    await duplicates.release("a", true);
    await pass(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a store that gives no answer", () => {
  it("is waited for two seconds, then left alone for five", async () => {
    const calls: string[] = [];
    const never = (name: string) => (): Promise<never> => {
      calls.push(name);
      return new Promise(() => {});
    };
    const duplicates = open("first", { claim: never("claim"), complete: never("complete"), release: never("release") });
    const [one, two] = [claim(duplicates, "a"), claim(duplicates, "b")];
    await pass(1999);
    expect([one.answer, two.answer]).toEqual(["waits", "waits"]);
    await pass(1);
    expect([one.answer, two.answer]).toEqual(["new", "new"]);
    await duplicates.release("a", true);
    await duplicates.release("b", false);
    const third = claim(duplicates, "c");
    await pass(0);
    expect([third.answer, calls]).toEqual(["new", ["claim", "claim"]]);
    await pass(5000);
    claim(duplicates, "d");
    expect(calls).toHaveLength(3);
    // What this process has done itself it still knows.
    expect([duplicates.claim("a"), claim(duplicates, "b").answer]).toEqual(["done", "waits"]);
  });
});

describe("a store that answers with something else", () => {
  it("counts as one that failed, and the log names the answer", async () => {
    const { logger, lines } = await capturingLogger();
    const silent = open("first", { ...store, claim: () => true as unknown as ClaimAnswer }, logger);
    const one = claim(silent, "a");
    await pass(0);
    expect(one.answer).toBe("new");
    const message = 'claim() must return "claimed", "done" or "at-work", but returned true.';
    expect(lines).toMatchObject([{ err: { message } }]);
  });
});

describe("the store in memory", () => {
  it("gives a key to one owner until its lease ends, and renews it for that one", () => {
    expect(store.claim("a", "first", 1000)).toBe("claimed");
    expect(store.claim("a", "second", 1000)).toBe("at-work");
    vi.advanceTimersByTime(900);
    expect(store.claim("a", "first", 1000)).toBe("claimed");
    vi.advanceTimersByTime(900);
    expect(store.claim("a", "second", 1000)).toBe("at-work");
    vi.advanceTimersByTime(200);
    expect(store.claim("a", "second", 1000)).toBe("claimed");
  });

  it("does not free a key for one whose lease has passed to another, but takes its word that it is done", () => {
    void store.claim("a", "first", 1000);
    vi.advanceTimersByTime(1001);
    void store.claim("a", "second", 1000);
    void store.release("a", "first");
    expect(store.claim("a", "third", 1000)).toBe("at-work");
    void store.complete("a", "first");
    expect(store.claim("a", "third", 1000)).toBe("done");
  });

  it("refuses a window that it cannot keep, and options that it does not know", () => {
    expect(() => memoryDeduplicationStore({ size: 0, ageSecond: 1 } as never)).toThrow(
      /options\.size must be a whole number[\s\S]*options has no option "ageSecond"\. Did you mean "ageSeconds"/,
    );
  });

  it("forgets what is old", () => {
    store = memoryDeduplicationStore({ ageSeconds: 10 });
    void store.complete("a", "first");
    vi.advanceTimersByTime(9000);
    expect(store.claim("a", "first", 1000)).toBe("done");
    vi.advanceTimersByTime(12_000);
    expect(store.claim("a", "first", 1000)).toBe("claimed");
  });
});
