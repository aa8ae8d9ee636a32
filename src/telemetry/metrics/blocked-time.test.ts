/** How long connections were blocked, also where several are at the same time. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BlockedTime, type ConnectionNames } from "./blocked-time.ts";

const consuming: ConnectionNames = ["orders", "consuming", undefined];
const legacy: ConnectionNames = ["orders", "consuming", "legacy"];

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("the time for which connections are blocked", () => {
  it("runs from the first blocked connection to the last, and continues while one is blocked", () => {
    const blocked = new BlockedTime();
    blocked.begin(consuming);
    vi.advanceTimersByTime(2000);
    blocked.begin(consuming);
    blocked.end(consuming);
    vi.advanceTimersByTime(3000);
    expect(blocked.read()).toEqual([[5, ...consuming]]);
    blocked.end(consuming);
    blocked.end(consuming);
    vi.advanceTimersByTime(3000);
    expect(blocked.read()).toEqual([[5, ...consuming]]);
  });

  it("is separate for each connection of a service", () => {
    const blocked = new BlockedTime();
    blocked.begin(consuming);
    blocked.begin(legacy);
    vi.advanceTimersByTime(1000);
    blocked.end(legacy);
    vi.advanceTimersByTime(1000);
    expect(blocked.read()).toEqual([
      [2, ...consuming],
      [1, ...legacy],
    ]);
  });
});
