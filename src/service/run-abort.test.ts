import { describe, expect, it } from "vitest";
import { RunAbort } from "./run-abort.ts";

describe("the abort of a run", () => {
  it("aborts a signal that was requested before", () => {
    const abort = new RunAbort();
    const { signal } = abort;
    expect(signal.aborted).toBe(false);
    const reason = new Error("the client is gone");
    abort.abort(reason);
    expect(signal.reason).toBe(reason);
    expect(abort.signal).toBe(signal);
  });

  it("returns an aborted signal with the first reason when requested afterwards", () => {
    const abort = new RunAbort();
    const first = new Error("first");
    abort.abort(first);
    abort.abort(new Error("second"));
    expect(abort.aborted).toBe(true);
    expect(abort.signal.reason).toBe(first);
  });
});
