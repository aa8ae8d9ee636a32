/** Single messages into batches, and outcomes back to single messages. */
import { describe, expect, it, vi } from "vitest";
import type { Clock } from "../../../util/clock.ts";
import { type BatchPlan, batchProblems } from "../options/batch-options.ts";
import { Batches } from "./batches.ts";

/** A clock whose timers fire by hand. */
function handClock(): Clock & { fire(): void; readonly armed: number } {
  const timers = new Set<() => void>();
  return {
    now: () => 0,
    after(_ms, callback) {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    get armed() {
      return timers.size;
    },
    fire() {
      for (const callback of [...timers]) {
        timers.delete(callback);
        callback();
      }
    },
  };
}

function batchesOf(call: (data: unknown, contexts: unknown) => unknown, batch: BatchPlan = { size: 2, waitMs: 5 }) {
  const clock = handClock();
  return { clock, batches: new Batches({ batch, call, label: '@amqp("key") all', clock }) };
}

describe("Batches", () => {
  it("delivers a full batch in order, and leaves no timer behind", async () => {
    const call = vi.fn();
    const { clock, batches } = batchesOf(call);
    await Promise.all([batches.add("a", 1), batches.add("b", 2)]);
    expect(call.mock.calls).toEqual([
      [
        ["a", "b"],
        [1, 2],
      ],
    ]);
    expect(clock.armed).toBe(0);
  });

  it("delivers a partial batch when its first message has waited, and at once after a stop began", async () => {
    const call = vi.fn();
    const { clock, batches } = batchesOf(call, { size: 10, waitMs: 5 });
    const first = batches.add("a", 1);
    expect(call).not.toHaveBeenCalled();
    clock.fire();
    await first;
    const second = batches.add("b", 2);
    batches.stopWaiting();
    await second;
    await batches.add("c", 3);
    expect(call.mock.calls.map(([items]) => items)).toEqual([["a"], ["b"], ["c"]]);
  });

  it("gives each message its own outcome", async () => {
    const own = new RangeError("mine");
    const outcomes = [undefined, "acknowledge", "requeue", "reject", own];
    const { batches } = batchesOf(async () => outcomes, { size: 5, waitMs: 5 });
    const settled = await Promise.allSettled(outcomes.map((_, index) => batches.add(index, index)));
    expect(settled).toMatchObject([
      { status: "fulfilled" },
      { status: "fulfilled" },
      { reason: { code: "ERR_REQUEUE" } },
      { reason: { code: "ERR_REJECT" } },
      { reason: own },
    ]);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("down")), /down/],
    [
      "throws before it returns",
      () => {
        throw new Error("down");
      },
      /down/,
    ],
    ["returns too short a list", () => [undefined], /a list of 1 outcomes for 2 messages/],
    ["returns something else in it", () => [undefined, "done"], /a list that contains a string/],
    ["returns one outcome for all", () => "reject", /returned "reject", not a list/],
    ["returns an error", () => new Error("mine"), /returned an Error, not a list/],
    ["returns null in it", () => [null, undefined], /a list that contains null/],
  ])("fails all messages when the handler %s", async (_what, call, message) => {
    const { batches } = batchesOf(call);
    const settled = await Promise.allSettled([batches.add("a", 1), batches.add("b", 2)]);
    for (const result of settled) expect((result as PromiseRejectedResult).reason.message).toMatch(message);
  });

  it("waits for at most as many messages as the handler may run at once", async () => {
    const call = vi.fn();
    const { clock, batches } = batchesOf(call, { size: 10, waitMs: 5 });
    let most = 1;
    batches.limitBy(() => most);
    await batches.add("a", 1);
    most = 10;
    const together = [batches.add("b", 2), batches.add("c", 3)];
    expect(clock.armed).toBe(1);
    batches.handOver();
    await Promise.all(together);
    expect(call.mock.calls.map(([items]) => items)).toEqual([["a"], ["b", "c"]]);
    expect(clock.armed).toBe(0);
  });

  it("reports promises in the result list, and handles their rejections", async () => {
    const { batches } = batchesOf((data) =>
      (data as string[]).map(async () => Promise.reject(new Error("of one message"))),
    );
    const settled = await Promise.allSettled([batches.add("a", 1), batches.add("b", 2)]);
    for (const one of settled) {
      expect(one).toMatchObject({
        reason: { code: "ERR_AMQP_BATCH_RESULT", message: expect.stringContaining("return await Promise.all(...)") },
      });
    }
  });

  it("refuses a value whose type cannot be checked", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const { batches } = batchesOf(() => [undefined, proxy]);
    await expect(Promise.all([batches.add("a", 1), batches.add("b", 2)])).rejects.toMatchObject({
      code: "ERR_AMQP_BATCH_RESULT",
      message: expect.stringContaining("contains an object"),
    });
  });

  it("treats any other result that is not a list as success", async () => {
    const { batches } = batchesOf(() => "done");
    await expect(Promise.all([batches.add("a", 1), batches.add("b", 2)])).resolves.toEqual([undefined, undefined]);
  });
});

describe("Batches that are paused", () => {
  it("deliver the messages they have, and start no wait until they are resumed", async () => {
    const call = vi.fn();
    const { clock, batches } = batchesOf(call, { size: 3, waitMs: 5 });
    const first = batches.add("a", 1);
    batches.pause();
    await Promise.all([first, batches.add("b", 2)]);
    expect([call.mock.calls.map(([data]) => data), clock.armed]).toEqual([[["a"], ["b"]], 0]);
    batches.resume();
    const third = batches.add("c", 3);
    expect(clock.armed).toBe(1);
    clock.fire();
    await third;
    expect(call).toHaveBeenCalledTimes(3);
  });
});

describe("batchProblems", () => {
  const plan = { prefetch: 100, concurrency: 100, timeoutSeconds: undefined, orderingKey: undefined, reply: undefined };
  const batch = { size: 10, waitMs: 1000 };

  it.each([
    [{}, []],
    [{ prefetch: 9, concurrency: 9 }, [/above prefetch \(9\)/]],
    [{ concurrency: 9 }, [/above concurrency \(9\)/]],
    [{ batch: { size: 401, waitMs: 1 }, prefetch: 500, concurrency: 500 }, [/above globalPrefetchCount \(400\)/]],
    [{ timeoutSeconds: 1 }, [/timeoutSeconds is 1/]],
    [{ timeoutSeconds: 1.1 }, []],
    [{ orderingKey: () => 1, reply: {} }, [/orderingKey/, /reply/]],
    [{ batch: {} as BatchPlan }, [/size is missing/]],
  ])("finds the problem of %j", (more, expected) => {
    const problems = batchProblems({ ...plan, batch, ...more }, 400);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
  });
});
