/** When a consumer pauses for its handler's failures, and when it resumes. */
import { beforeEach, describe, expect, it } from "vitest";
import { createSilentLogger } from "../../../log/logger.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import { type CircuitBreakerOptions, resolveCircuitBreaker } from "../options/circuit-breaker.ts";
import { Breaker } from "./breaker.ts";

class DatabaseError extends Error {}

const failure = (error: unknown): FailedOutcome => ({ kind: "dead-letter", reason: "handler-error", error });
const down = failure(new DatabaseError("down"));

let now: number;
let timers: { at: number; callback: () => void }[];
let asked: string[];

beforeEach(() => {
  now = 1_000_000;
  timers = [];
  asked = [];
});

function advance(seconds: number): void {
  now += seconds * 1000;
  for (const timer of timers.filter(({ at }) => at <= now)) {
    timers.splice(timers.indexOf(timer), 1);
    timer.callback();
  }
}

function open(given: number | CircuitBreakerOptions): Breaker {
  const options = resolveCircuitBreaker(given);
  if (!options) throw new Error("no options");
  return new Breaker({
    options,
    logger: createSilentLogger(),
    clock: {
      now: () => now,
      after(ms, callback) {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    control: {
      pause: () => asked.push("pause"),
      probe: () => asked.push("probe"),
      recovered: () => asked.push("recovered"),
    },
  });
}

/** A run that starts now and fails. */
const fail = (breaker: Breaker, outcome: FailedOutcome = down): boolean => breaker.failed(outcome, performance.now());

describe("a breaker that is closed", () => {
  it("pauses at the failure that reaches the threshold, and requeues that message without counting it", () => {
    const breaker = open(3);
    expect([fail(breaker), fail(breaker), asked.length]).toEqual([false, false, 0]);
    expect([fail(breaker), asked]).toEqual([true, ["pause"]]);
    expect(breaker.state).toEqual({
      state: "paused",
      errorClass: "DatabaseError",
      pausedSince: 1_000_000,
      probeAt: 1_010_000,
      failedProbes: 0,
    });
  });

  it("ignores failures that are older than the window", () => {
    const breaker = open({ failures: 3, windowSeconds: 10 });
    for (const pause of [0, 6, 6, 6, 6]) {
      advance(pause);
      expect(fail(breaker)).toBe(false);
    }
    advance(0);
    expect(fail(breaker)).toBe(true);
  });

  it.each([
    ["counts classes apart", "same-class", new TypeError("no"), false],
    ["counts codes of one class apart", "same-class", Object.assign(new DatabaseError("no"), { code: "EPIPE" }), false],
    ["counts all together on request", "any-class", new TypeError("no"), true],
  ] as const)("%s", (_, of, error, trips) => {
    const breaker = open({ failures: 2, of });
    fail(breaker);
    expect(fail(breaker, failure(error))).toBe(trips);
  });

  it.each([
    ["what asked to be put back", { kind: "requeue" }],
    ["what was rejected", { kind: "dead-letter", reason: "rejected", error: new DatabaseError("no") }],
    ["what could not be read", { kind: "dead-letter", reason: "unreadable", error: new DatabaseError("no") }],
    ["what its schema refused", { kind: "dead-letter", reason: "schema", error: new DatabaseError("no") }],
  ] as [string, FailedOutcome][])("does not count %s", (_, outcome) => {
    const breaker = open(1);
    expect([fail(breaker, outcome), asked]).toEqual([false, []]);
  });

  it("keeps counts for at most a hundred error classes", () => {
    const breaker = open(2);
    fail(breaker);
    for (let count = 0; count < 100; count++)
      fail(breaker, failure(Object.assign(new Error("no"), { code: `E${count}` })));
    expect(fail(breaker)).toBe(false);
    expect(fail(breaker)).toBe(true);
  });
});

describe("a breaker that pauses", () => {
  it("treats failures of its error class as caused by the outage, and others as caused by the message", () => {
    const breaker = open(1);
    fail(breaker);
    expect([fail(breaker), fail(breaker, failure(new TypeError("no")))]).toEqual([true, false]);
    expect(asked).toEqual(["pause"]);
  });

  it("tries one message after the pause, and resumes when that succeeds", () => {
    const breaker = open({ failures: 1, probeAfterSeconds: 5 });
    fail(breaker);
    advance(4);
    expect(asked).toEqual(["pause"]);
    advance(1);
    expect([asked, breaker.state.state]).toEqual([["pause", "probe"], "probing"]);
    breaker.succeeded(performance.now());
    expect([asked, breaker.state.state, breaker.state.errorClass]).toEqual([
      ["pause", "probe", "recovered"],
      "closed",
      undefined,
    ]);
    breaker.succeeded(performance.now());
    expect(asked).toHaveLength(3);
  });

  it("doubles the pause after each failed try, up to the maximum", () => {
    const breaker = open({ failures: 1, probeAfterSeconds: 10, maxPauseSeconds: 60 });
    fail(breaker);
    const pauses: number[] = [];
    for (let tried = 0; tried < 5; tried++) {
      pauses.push(((breaker.state.probeAt ?? 0) - now) / 1000);
      advance(pauses.at(-1) ?? 0);
      expect(fail(breaker)).toBe(true);
    }
    expect([pauses, breaker.state.failedProbes]).toEqual([[10, 20, 40, 60, 60], 5]);
  });

  it("continues to try when the tested message fails for another reason", () => {
    const breaker = open({ failures: 1, probeAfterSeconds: 5 });
    fail(breaker);
    advance(5);
    expect(fail(breaker, failure(new TypeError("no")))).toBe(false);
    expect(breaker.state).toMatchObject({ state: "probing", failedProbes: 0 });
  });

  it("ignores results of runs that started before the try", () => {
    const breaker = open({ failures: 1, probeAfterSeconds: 5 });
    const before = performance.now() - 1;
    fail(breaker);
    advance(5);
    breaker.succeeded(before);
    expect(breaker.failed(down, before)).toBe(true);
    expect(breaker.state).toMatchObject({ state: "probing", failedProbes: 0 });
  });

  it("counts from zero when it is closed again", () => {
    const breaker = open({ failures: 2, probeAfterSeconds: 5 });
    fail(breaker);
    fail(breaker);
    advance(5);
    breaker.succeeded(performance.now());
    expect(fail(breaker)).toBe(false);
  });

  it("does nothing more once it was stopped", () => {
    const breaker = open({ failures: 1, probeAfterSeconds: 5 });
    fail(breaker);
    breaker.stop();
    advance(60);
    expect([asked, fail(breaker)]).toEqual([["pause"], false]);
  });
});
