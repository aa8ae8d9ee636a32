/** A run and its deadline. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Requeue } from "../../../service/outcome.ts";
import { systemClock } from "../../../util/clock.ts";
import { createDeferred } from "../../../util/deferred.ts";
import type { DeliveryContext } from "./delivery-context.ts";
import { settleRun, settleRunWithin } from "./run-handler.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function contextOf(): { readonly context: DeliveryContext; readonly reasons: Error[] } {
  const reasons: Error[] = [];
  return { reasons, context: { abort: (reason: Error) => reasons.push(reason) } as unknown as DeliveryContext };
}

describe("settleRun", () => {
  it("acknowledges a run that succeeds, whatever it returns", async () => {
    await expect(settleRun(Promise.resolve(false), "on")).resolves.toEqual({ outcome: { kind: "acknowledge" } });
  });

  it("returns the outcome of the thrown error", async () => {
    const error = new Error("broken");
    await expect(settleRun(Promise.reject(error), "on")).resolves.toEqual({
      outcome: { kind: "dead-letter", reason: "handler-error", error },
    });
    await expect(settleRun(Promise.reject(new Requeue()), "on")).resolves.toEqual({ outcome: { kind: "requeue" } });
  });
});

describe("settleRunWithin", () => {
  it.each([
    ["ends well", async () => {}, "acknowledge"],
    ["fails", () => Promise.reject(new Requeue()), "requeue"],
  ])("leaves no timer when a run %s in time", async (_how, run, kind) => {
    const { context, reasons } = contextOf();
    await expect(settleRunWithin(run(), context, 5, "label", systemClock)).resolves.toEqual({ outcome: { kind } });
    expect([vi.getTimerCount(), reasons]).toEqual([0, []]);
  });

  it("aborts a run at its deadline and ignores its result, but not before", async () => {
    const run = createDeferred();
    const { context, reasons } = contextOf();
    const settled = vi.fn();
    const result = settleRunWithin(run.promise, context, 0.5, "@amqp", systemClock);
    void result.then(settled);
    await vi.advanceTimersByTimeAsync(499);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    const { outcome, disowned } = await result;
    const [error] = reasons;
    expect(outcome).toEqual({ kind: "dead-letter", reason: "timeout", error });
    expect(error).toMatchObject({ code: "ERR_HANDLER_TIMEOUT" });
    run.reject(new Error("too late to count"));
    await expect(disowned?.ended).resolves.toMatchObject({ outcome: { reason: "handler-error" } });
    expect(reasons).toHaveLength(1);
  });
});
