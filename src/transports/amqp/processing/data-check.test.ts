/** The schema check of a subscription, and its error when message and contract differ in version. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { SubscriptionPlan } from "../options/plan.ts";
import { createDataCheck, type DataCheck } from "./data-check.ts";

function checkOf(version?: number): DataCheck {
  const handler = { label: '@amqp("paid") orders.onPaid', options: { version } };
  const check = createDataCheck({ reading: { schema: z.number() }, handler } as unknown as SubscriptionPlan);
  if (!check) throw new Error("no check");
  return check;
}

function refusal(own: number | undefined, theirs: unknown): string {
  try {
    checkOf(own)("five", { "x-tomodachi-event-version": theirs });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It was taken, though it must not be.");
}

describe("the schema check of a subscription", () => {
  it("does nothing without a schema", () => {
    expect(createDataCheck({ reading: { schema: undefined } } as SubscriptionPlan)).toBeUndefined();
  });

  it("returns the output whatever the versions are", () => {
    expect([checkOf()(5, undefined), checkOf(2)(5, { "x-tomodachi-event-version": 1 })]).toEqual([5, 5]);
  });

  it("names the handler, and mentions no versions that are equal or absent", () => {
    for (const message of [refusal(2, 2), refusal(undefined, undefined), refusal(undefined, "2")]) {
      expect(message).toMatch(/^The data of a message for @amqp\("paid"\) orders\.onPaid does not fit.*string\.$/);
    }
  });

  it.each([
    [2, 1, "The message is of version 1, this contract is of version 2."],
    [2, undefined, "The message names no version, this contract is of version 2."],
    [undefined, 1, "The message is of version 1, this contract names none."],
  ])("mentions that the versions %s and %s differ", (own, theirs, note) => {
    expect(refusal(own, theirs)).toMatch(note);
  });
});
