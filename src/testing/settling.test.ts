/** When all work of the services counts as settled. */
import { describe, expect, it } from "vitest";
import type { OpenWork } from "../service/open-work.ts";
import { type Conversation, unlessLate, untilIdle, untilStill } from "./settling.ts";

const nothing: OpenWork = { of: "orders.onPaid", queued: 0, running: 0, pausing: 0, interrupted: false };

/** One check: what is open, and how many events happen during the check. */
interface Look {
  readonly open?: Partial<OpenWork>;
  readonly happens?: boolean;
}

/** Answers each check with the next entry, and then always with the last one. */
function conversation(looks: readonly Look[]): Conversation & { readonly looks: number } {
  const told = { looks: 0, changes: 0 };
  return {
    get looks() {
      return told.looks;
    },
    get changes() {
      return told.changes;
    },
    changed: () => new Promise((resolve) => setImmediate(resolve)),
    async openWork() {
      const look = looks[Math.min(told.looks++, looks.length - 1)];
      await new Promise((resolve) => setImmediate(resolve));
      if (look?.happens) told.changes++;
      return [nothing, { ...nothing, ...look?.open }];
    },
  };
}

describe("untilIdle", () => {
  it("resolves after one check that finds nothing and is not disturbed", async () => {
    const quiet = conversation([{}]);
    expect(await untilIdle(quiet, 20_000)).toBeUndefined();
    expect(quiet.looks).toBe(1);
  });

  it.each<[string, Partial<OpenWork>]>([
    ["messages are in a queue", { queued: 1 }],
    ["a handler runs", { running: 1 }],
    ["a message pauses", { running: 1, pausing: 1 }],
    ["nothing is consumed", { interrupted: true }],
  ])("checks again while %s", async (_what, open) => {
    const busy = conversation([{ open }, { open }, {}]);
    expect(await untilIdle(busy, 20_000)).toBeUndefined();
    expect(busy.looks).toBe(3);
    const never = { ...conversation([]), openWork: async () => [{ ...nothing, ...open }] };
    expect(await untilIdle(never, 20)).toEqual([{ ...nothing, ...open }]);
  });

  it("checks again when something happened during the check", async () => {
    const busy = conversation([{ happens: true }, { happens: true }, {}]);
    expect(await untilIdle(busy, 20_000)).toBeUndefined();
    expect(busy.looks).toBe(3);
  });

  it("gives up if a broker does not answer", async () => {
    const dead = { ...conversation([{}]), openWork: () => new Promise<never>(() => {}) };
    expect(await untilIdle(dead, 20)).toEqual([]);
  });
});

describe("untilStill", () => {
  it("does not wait for work that only waits for time", async () => {
    const pausing = conversation([{ open: { running: 2, pausing: 2 } }]);
    await untilStill(pausing);
    expect(pausing.looks).toBe(1);
  });

  it("waits for work that makes progress, while it does", async () => {
    const looks = Array.from({ length: 100 }, () => ({ open: { queued: 1 }, happens: true }));
    const moving = conversation([...looks, {}]);
    await untilStill(moving);
    expect(moving.looks).toBe(101);
  });

  it("waits for a broker that answers slowly", async () => {
    const slow = conversation([{ open: { queued: 1 } }, { open: { queued: 1 } }, {}]);
    const { openWork } = slow;
    slow.openWork = async () => {
      await new Promise((resolve) => setTimeout(resolve, 120));
      return openWork();
    };
    await untilStill(slow);
    expect(slow.looks).toBe(3);
  });

  it("gives up if a broker does not answer", async () => {
    const dead = { ...conversation([{}]), openWork: () => new Promise<never>(() => {}) };
    await expect(untilStill(dead)).resolves.toBeUndefined();
  });

  it("does not wait long for work without progress", async () => {
    const hanging = conversation([{ open: { running: 1 } }]);
    const startedAt = performance.now();
    await untilStill(hanging);
    expect(performance.now() - startedAt).toBeGreaterThan(40);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe("unlessLate", () => {
  it("returns a result that comes in time, and passes a failure on", async () => {
    const deadline = performance.now() + 20_000;
    expect(await unlessLate(Promise.resolve(1), deadline)).toBe(1);
    await expect(unlessLate(Promise.reject(new Error("failed")), deadline)).rejects.toThrow("failed");
    expect(await unlessLate(new Promise(() => {}), performance.now() + 5)).toBeUndefined();
  });
});
