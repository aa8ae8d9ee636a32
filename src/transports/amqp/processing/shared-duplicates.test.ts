/** Duplicates across processes: leases, waiting for another process, and a store that does not answer. */
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

/** The result of a claim, as far as it is known. */
function claim(duplicates: SharedDuplicates, id: string): { answer: unknown } {
  const found: { answer: unknown } = { answer: "waits" };
  void Promise.resolve(duplicates.claim(id)).then((answer) => {
    found.answer = answer;
  });
  return found;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("duplicates of two processes that share a store", () => {
  it("are recognised in one process when the other has handled the message", async () => {
    const [first, second] = [open("first"), open("second")];
    const claimed = claim(first, "a");
    await pass(0);
    await first.release("a", true);
    const again = claim(second, "a");
    await pass(0);
    expect([claimed.answer, again.answer]).toEqual(["new", "done"]);
  });

  it("wait while the other process works, however long that takes, and may run when it failed", async () => {
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

  it("may run half a minute after the process that handled them crashed", async () => {
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
  ])("wait again when %s before the other has ended", async (_, happen) => {
    const [first, second] = [open("first"), open("second")];
    claim(first, "a");
    await pass(0);
    const waiting = claim(second, "a");
    await pass(1000);
    await happen();
    expect(waiting.answer).toBe("later");
  });

  it("call the store once for copies in one process", async () => {
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

  it("are confirmed as done only if no renewal of the lease is in progress", async () => {
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

  it("renew no lease when nothing runs", async () => {
    const duplicates = open("first");
    claim(duplicates, "a");
    await pass(0);
    await duplicates.release("a", true);
    await pass(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a store that does not answer", () => {
  it("is awaited for two seconds, then not called for five", async () => {
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

describe("a store that returns an invalid answer", () => {
  it("counts as failed, and the log shows the answer", async () => {
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
  it("gives a key to one owner until its lease ends, and renews it for that owner", () => {
    expect(store.claim("a", "first", 1000)).toBe("claimed");
    expect(store.claim("a", "second", 1000)).toBe("at-work");
    vi.advanceTimersByTime(900);
    expect(store.claim("a", "first", 1000)).toBe("claimed");
    vi.advanceTimersByTime(900);
    expect(store.claim("a", "second", 1000)).toBe("at-work");
    vi.advanceTimersByTime(200);
    expect(store.claim("a", "second", 1000)).toBe("claimed");
  });

  it("does not release a key for an owner whose lease has passed to another, but accepts that it is done", () => {
    void store.claim("a", "first", 1000);
    vi.advanceTimersByTime(1001);
    void store.claim("a", "second", 1000);
    void store.release("a", "first");
    expect(store.claim("a", "third", 1000)).toBe("at-work");
    void store.complete("a", "first");
    expect(store.claim("a", "third", 1000)).toBe("done");
  });

  it("refuses an invalid window and unknown options", () => {
    expect(() => memoryDeduplicationStore({ size: 0, ageSecond: 1 } as never)).toThrow(
      /options\.size must be a whole number[\s\S]*options has no option "ageSecond"\. Did you mean "ageSeconds"/,
    );
  });

  it("forgets old keys", () => {
    store = memoryDeduplicationStore({ ageSeconds: 10 });
    void store.complete("a", "first");
    vi.advanceTimersByTime(9000);
    expect(store.claim("a", "first", 1000)).toBe("done");
    vi.advanceTimersByTime(12_000);
    expect(store.claim("a", "first", 1000)).toBe("claimed");
  });
});
