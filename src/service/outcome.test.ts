/** What becomes of a message is decided by what its handler threw, known by code. */
import { describe, expect, it } from "vitest";
import {
  AmqpInternalServiceError,
  HandlerTimeoutError,
  outcomeOfError,
  Reject,
  Requeue,
  RetryLater,
} from "./outcome.ts";

const foreign = (code: string): Error => Object.assign(new Error("from another copy"), { code });
const timeout = new HandlerTimeoutError('@amqp("a") orders.onPaid', 5);
const reject = new Reject();
const plain = new Error("plain");

describe("outcomeOfError", () => {
  it("handles a thrown promise, so that its rejection does not end the process", async () => {
    const thrown = Promise.reject(new Error("thrown by mistake"));
    expect(outcomeOfError(thrown)).toMatchObject({ kind: "dead-letter", reason: "handler-error", error: thrown });
    expect(outcomeOfError(Promise.resolve(1)).kind).toBe("dead-letter");
    // An unhandled rejection would fail this test file.
    await new Promise((done) => setImmediate(done));
  });

  it.each([
    ["Requeue", new Requeue()],
    ["AmqpInternalServiceError, Python's name for it", new AmqpInternalServiceError("later")],
    ["a Requeue of another copy of the package", foreign("ERR_REQUEUE")],
    ["a class that extends Requeue", new (class Later extends Requeue {})()],
  ])("requeues the message for %s", (_what, error) => {
    expect(outcomeOfError(error)).toEqual({ kind: "requeue" });
  });

  it.each([
    ["rejected", "Reject", reject],
    ["rejected", "a Reject of another copy", foreign("ERR_REJECT")],
    ["timeout", "a handler's timeout", timeout],
    ["handler-error", "any other error", plain],
    ["handler-error", "a string", "text"],
    ["handler-error", "nothing", undefined],
    ["handler-error", "null", null],
    ["handler-error", "an object without code", {}],
  ])("dead-letters the message as %s for %s, with the thrown error", (reason, _what, error) => {
    const outcome = outcomeOfError(error);
    expect(outcome).toEqual({ kind: "dead-letter", reason, error });
    expect(outcome).toHaveProperty("error", error);
  });
});

describe("RetryLater", () => {
  it.each([
    ["its text", new RetryLater("1m"), 60_000],
    ["its seconds", new RetryLater(2.5), 2500],
    ["none", new RetryLater(0), 0],
    ["that of another copy", Object.assign(foreign("ERR_RETRY_LATER"), { delayMs: 7 }), 7],
  ])("asks for another run after %s", (_what, error, delayMs) => {
    expect(outcomeOfError(error)).toEqual({ kind: "retry", delayMs, jitterMs: 0, reason: "handler-error", error });
  });

  it("from another copy of the package without a delay is an ordinary error", () => {
    const error = foreign("ERR_RETRY_LATER");
    expect(outcomeOfError(error)).toEqual({ kind: "dead-letter", reason: "handler-error", error });
  });

  it("refuses an invalid delay, and shows the valid form", () => {
    expect(() => new RetryLater("soon" as "1s")).toThrow(
      'such as "500ms", "5s" or "1m", or a number of seconds; "soon" was given',
    );
    expect(() => new RetryLater(-1)).toThrow(expect.objectContaining({ code: "ERR_CONFIGURATION" }));
  });

  it("has a default message, and keeps a given message and cause", () => {
    const cause = new Error("why");
    expect(new RetryLater("90s").message).toBe("The handler requested another run in 90s.");
    expect(new RetryLater("1s", "busy", { cause })).toMatchObject({
      name: "RetryLater",
      message: "busy",
      cause,
    });
  });
});

describe("errors that choose the outcome", () => {
  it("keep the user's message and cause", () => {
    const cause = new Error("why");
    expect(new Requeue("later", { cause })).toMatchObject({ name: "Requeue", message: "later", cause });
    expect(new Reject("never", { cause })).toMatchObject({ name: "Reject", message: "never", cause });
  });

  it("have a default message", () => {
    expect(new Requeue().message).toContain("requeued");
    expect(reject.message).toContain("rejected");
    expect(timeout).toMatchObject({
      code: "ERR_HANDLER_TIMEOUT",
      message: expect.stringContaining('@amqp("a") orders.onPaid did not end within its timeoutSeconds (5)'),
    });
  });
});
