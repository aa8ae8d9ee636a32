/** What follows a failed run, step by step along a policy. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RetryLater } from "../../../service/outcome.ts";
import { type RetryOptions, resolveRetry } from "../options/retry-options.ts";
import { decide, type FailedRun } from "./retry-decision.ts";

const error = new Error("broken");
const failed = { kind: "dead-letter", reason: "handler-error", error } as const;
const timedOut = { ...failed, reason: "timeout" } as const;
const later = (delayMs: number) =>
  ({ kind: "retry", delayMs, jitterMs: 0, reason: "handler-error", error: new RetryLater("1s") }) as const;

function step(run: Partial<FailedRun>, retry?: RetryOptions): ReturnType<typeof decide> {
  return decide({
    outcome: failed,
    policy: resolveRetry(retry),
    refused: false,
    failures: 1,
    delayedBefore: (run.failures ?? 1) > 1,
    perInstance: false,
    holdMs: 900_000,
    ...run,
  });
}

/** What follows each failure in turn: "quick", a delay in ms, or "aside". */
function course(retry: RetryOptions, failures: number, run: Partial<FailedRun> = {}): unknown[] {
  const steps: unknown[] = [];
  let delayedBefore = false;
  for (let failure = 1; failure <= failures; failure++) {
    const decision = step({ failures: failure, delayedBefore, ...run }, retry);
    steps.push(decision.kind === "retry" ? decision.delayMs : decision.kind === "run again" ? "quick" : decision.kind);
    delayedBefore ||= decision.kind === "retry";
  }
  return steps;
}

// The longest pauses and the largest jitter that may be.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(1));
afterEach(() => void vi.restoreAllMocks());

describe("a retry policy", () => {
  it.each<[RetryOptions, unknown[]]>([
    [{ delays: ["5s", "1m"] }, [5000, 60_000, "dead-letter", "dead-letter"]],
    [{ delays: ["5s", "1m"], attempts: 5 }, [5000, 60_000, 60_000, 60_000, "dead-letter"]],
    [{ delays: ["5s", "1m"], attempts: 2 }, [5000, "dead-letter"]],
    [{ delays: ["5s"], attempts: 1 }, ["dead-letter"]],
    [{ quick: 2 }, ["quick", "quick", "dead-letter"]],
    [{ delays: [5, "1m"], quick: 2 }, ["quick", "quick", 5000, 60_000, "dead-letter"]],
    [{ delays: ["5s"], quick: 3, attempts: 3 }, ["quick", "quick", "dead-letter"]],
    [{}, ["dead-letter"]],
  ])("%j goes %j", (retry, expected) => {
    expect(course(retry, expected.length)).toEqual(expected);
  });

  it("waits longer before each quick retry, up to two seconds, and never longer than a delivery may be held", () => {
    const retry = { quick: 9, delays: ["5s"] } as const;
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((failures) => step({ failures, delayedBefore: false }, retry));
    expect(pauses.map((decision) => "pauseMs" in decision && decision.pauseMs)).toEqual([
      100, 200, 400, 800, 1600, 2000, 2000,
    ]);
    expect(step({ holdMs: 99 }, retry)).toMatchObject({ kind: "retry", delayMs: 5000 });
  });

  it("has no quick retry after a delayed one, and none while a run may continue past its deadline", () => {
    const retry = { quick: 3, delays: ["5s"] } as const;
    expect(step({ failures: 2, delayedBefore: true }, retry)).toMatchObject({ kind: "retry", delayMs: 5000 });
    expect(step({ outcome: timedOut }, retry)).toMatchObject({ kind: "retry", delayMs: 5000, reason: "timeout" });
    expect(step({ outcome: timedOut }, { quick: 3 })).toEqual(timedOut);
  });

  it("adds its jitter", () => {
    expect(step({}, { delays: ["5s"], jitter: "1500ms" })).toMatchObject({ delayMs: 5000, jitterMs: 1500 });
  });

  it.each(["rejected", "unreadable", "schema"] as const)(
    "does not retry a message that was %s, or that `when` refused",
    (reason) => {
      const outcome = { ...failed, reason };
      expect(step({ outcome }, { delays: ["5s"], quick: 3 })).toEqual(outcome);
      expect(step({ refused: true }, { delays: ["5s"], quick: 3 })).toEqual(failed);
    },
  );
});

describe("RetryLater", () => {
  it("uses the next delay, with or without a policy, until its attempts are used", () => {
    expect(step({ outcome: later(20_000) })).toMatchObject({ kind: "retry", delayMs: 30_000, jitterMs: 0 });
    expect(step({ outcome: later(20_000) }, { delays: ["25s"], quick: 3 })).toMatchObject({ delayMs: 25_000 });
    expect(step({ outcome: later(1), failures: 2 }, { delays: ["5s"] })).toMatchObject({ kind: "dead-letter" });
    expect(step({ outcome: later(1), failures: 99 })).toMatchObject({ kind: "retry" });
    expect(step({ outcome: later(1), failures: 100 })).toMatchObject({ kind: "dead-letter", reason: "handler-error" });
  });

  it("counts as a run, so a plain failure after it uses the next delay", () => {
    const retry = { delays: ["5s", "1m"], quick: 1, attempts: 9 } as const;
    expect(step({ failures: 2, delayedBefore: true }, retry)).toMatchObject({ delayMs: 5000 });
    expect(step({ failures: 3, delayedBefore: true }, retry)).toMatchObject({ delayMs: 60_000 });
  });
});

describe("the queue of one instance", () => {
  it("waits for its delays in the process, at most as long as a delivery may be held", () => {
    const retry = { delays: ["5s"], jitter: 1 } as const;
    expect(step({ perInstance: true }, retry)).toEqual({ kind: "run again", pauseMs: 6000 });
    expect(step({ perInstance: true, holdMs: 4000 }, retry)).toEqual({ kind: "run again", pauseMs: 4000 });
    expect(step({ perInstance: true, holdMs: 0 }, retry)).toEqual({ kind: "requeue" });
    expect(step({ perInstance: true, outcome: later(9) })).toEqual({ kind: "run again", pauseMs: 1000 });
    expect(step({ perInstance: true, outcome: timedOut }, retry)).toEqual(timedOut);
  });
});

it("a message that has no valid routing key is not retried, whatever the policy is", () => {
  for (const code of ["ERR_AMQP_KEY_PARAMETER", "ERR_AMQP_KEY_MISMATCH", "ERR_AMQP_ROUTING_KEY_TOO_LONG"]) {
    const outcome = { ...failed, error: Object.assign(new Error("no key"), { code }) };
    expect(step({ outcome }, { delays: ["1s"], quick: 2 }), code).toBe(outcome);
  }
});

describe("RetryLater where the service does not declare the retry queues", () => {
  const makesRetryQueues = false;

  it.each([
    ["5m", ["1s", "10m"], { kind: "retry", delayMs: 600_000 }],
    ["1h", ["1s", "10m"], { kind: "retry", delayMs: 600_000 }],
    ["5m", [], { kind: "run again", pauseMs: 300_000 }],
    ["1h", [], { kind: "run again", pauseMs: 900_000 }],
  ] as const)("by %s, with the delays %j, waits in a retry queue, or in the process", (asked, delays, expected) => {
    const delayMs = { "5m": 300_000, "1h": 3_600_000 }[asked];
    const policy = delays.length === 0 ? undefined : { delays };
    expect(step({ outcome: later(delayMs), makesRetryQueues }, policy)).toMatchObject(expected);
  });
});
