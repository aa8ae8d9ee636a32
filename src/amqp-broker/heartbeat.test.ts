/** Heartbeats, on timers that a test moves. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Heartbeating, startHeartbeat } from "./heartbeat.ts";

class Watched implements Heartbeating {
  octetsRead = 0;
  octetsWritten = 0;
  blocked = false;
  sent = 0;
  hangUps = 0;

  sendHeartbeat(): void {
    this.sent++;
    this.octetsWritten += 8;
  }

  missed(): void {
    this.hangUps++;
  }
}

let stop = (): void => {};

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  stop();
  vi.useRealTimers();
});

function watch(seconds: number): Watched {
  const watched = new Watched();
  stop = startHeartbeat(watched, seconds);
  return watched;
}

/** Half seconds in which the client sends something. */
function liveFor(watched: Watched, halves: number): void {
  for (let half = 0; half < halves; half++) {
    watched.octetsRead++;
    vi.advanceTimersByTime(500);
  }
}

describe("a heartbeat", () => {
  it("is sent at least once in each interval without other frames", () => {
    const watched = watch(1);
    liveFor(watched, 20);
    expect(watched.sent).toBeGreaterThanOrEqual(10);
    expect(watched.hangUps).toBe(0);
  });

  it("is sent once after half an interval, not while other frames are sent", () => {
    const watched = watch(1);
    for (let half = 0; half < 10; half++) {
      watched.octetsWritten++;
      liveFor(watched, 1);
      expect(watched.sent).toBe(1);
    }
  });

  it("is missed only after two intervals without any frame", () => {
    const watched = watch(1);
    liveFor(watched, 3);
    vi.advanceTimersByTime(1999);
    expect(watched.hangUps).toBe(0);
    vi.advanceTimersByTime(1);
    expect(watched.hangUps).toBe(1);
  });

  it("is not missed while reading is stopped by an alarm", () => {
    const watched = watch(1);
    watched.blocked = true;
    vi.advanceTimersByTime(10_000);
    expect(watched.hangUps).toBe(0);
    watched.blocked = false;
    vi.advanceTimersByTime(1999);
    expect(watched.hangUps).toBe(0);
    vi.advanceTimersByTime(1);
    expect(watched.hangUps).toBe(1);
  });

  it("is neither sent nor missed if it was not negotiated, or after the end", () => {
    const none = watch(0);
    expect(vi.getTimerCount()).toBe(0);
    const ended = watch(1);
    expect(vi.getTimerCount()).toBe(1);
    stop();
    stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect([none.sent, none.hangUps, ended.sent, ended.hangUps]).toEqual([0, 0, 0, 0]);
  });
});
