/** What becomes of a message is decided by what its handler threw, known by code. */
import { describe, expect, it } from "vitest";
import { AmqpInternalServiceError, HandlerTimeoutError, outcomeOfError, Reject, Requeue } from "./outcome.ts";

const foreign = (code: string): Error => Object.assign(new Error("from another copy"), { code });
const timeout = new HandlerTimeoutError('@amqp("a") orders.onPaid', 5);
const reject = new Reject();
const plain = new Error("plain");

describe("outcomeOfError", () => {
  it.each([
    ["Requeue", new Requeue()],
    ["AmqpInternalServiceError, Python's name for it", new AmqpInternalServiceError("later")],
    ["a Requeue of another copy of the package", foreign("ERR_REQUEUE")],
    ["a class that extends Requeue", new (class Later extends Requeue {})()],
  ])("requeues for %s", (_what, error) => {
    expect(outcomeOfError(error)).toEqual({ kind: "requeue" });
  });

  it.each([
    ["rejected", "Reject", reject],
    ["rejected", "a Reject of another copy", foreign("ERR_REJECT")],
    ["timeout", "a handler's timeout", timeout],
    ["handler-error", "any other error", plain],
    ["handler-error", "a text", "text"],
    ["handler-error", "nothing", undefined],
    ["handler-error", "null", null],
    ["handler-error", "an object without code", {}],
  ])("puts the message aside as %s for %s, with what was thrown", (reason, _what, error) => {
    const outcome = outcomeOfError(error);
    expect(outcome).toEqual({ kind: "dead-letter", reason, error });
    expect(outcome).toHaveProperty("error", error);
  });
});

describe("the errors that steer", () => {
  it("carry a message and a cause of the user's", () => {
    const cause = new Error("why");
    expect(new Requeue("later", { cause })).toMatchObject({ name: "Requeue", message: "later", cause });
    expect(new Reject("never", { cause })).toMatchObject({ name: "Reject", message: "never", cause });
  });

  it("say something without one", () => {
    expect(new Requeue().message).toContain("put back");
    expect(reject.message).toContain("rejected");
    expect(timeout).toMatchObject({
      code: "ERR_HANDLER_TIMEOUT",
      message: expect.stringContaining('@amqp("a") orders.onPaid did not end within its timeoutSeconds (5)'),
    });
  });
});
