/** Reading that never ends, and reading that ends in time. */
import { describe, expect, it } from "vitest";
import { createVirtualClock, type VirtualClock } from "../../../testing/virtual-clock.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import type { Incoming } from "./read-body.ts";

const never = new Promise<never>(() => {});

interface Reading {
  readonly clock: VirtualClock;
  readonly incoming: Promise<Incoming>;
}

function read(plan: Partial<SubscriptionPlan["reading"] & SubscriptionPlan["runs"]>): Reading {
  const clock = createVirtualClock();
  const handler = { label: '@amqp("paid") orders.onPaid', options: {} };
  const reading = { envelope: null, parserOptions: {}, schema: undefined, ...plan };
  const whole = { reading, runs: { timeoutSeconds: undefined, ...plan }, handler };
  const reader = createDeliveryReader(whole as unknown as SubscriptionPlan, clock);
  const delivery = { content: Buffer.from("text"), headers: {}, properties: {} };
  return { clock, incoming: Promise.resolve(reader(delivery)) };
}

const schemaOf = (validate: () => unknown): SubscriptionPlan["reading"]["schema"] =>
  ({ "~standard": { version: 1, vendor: "test", validate } }) as NonNullable<SubscriptionPlan["reading"]["schema"]>;

const envelopeOf = (parseMessage: () => unknown): SubscriptionPlan["reading"]["envelope"] =>
  ({ buildMessage: () => "", parseMessage }) as NonNullable<SubscriptionPlan["reading"]["envelope"]>;

describe("a read that never ends", () => {
  it("is aborted after 30 s in a schema, and the error says so", async () => {
    const { clock, incoming } = read({ schema: schemaOf(() => never) });
    const failure = expect(incoming).rejects.toMatchObject({
      code: "ERR_SCHEMA_FAILED",
      message: expect.stringMatching(
        /onPaid could not be checked.*did not finish within 30 s.*give the handler a timeoutSeconds/,
      ),
    });
    await clock.advance("30000ms");
    await failure;
  });

  it("is aborted after the handler's timeoutSeconds in an envelope", async () => {
    const { clock, incoming } = read({ envelope: envelopeOf(() => never), timeoutSeconds: 2 });
    const failure = expect(incoming).rejects.toMatchObject({
      code: "ERR_AMQP_READ_TIMEOUT",
      message: expect.stringMatching(/onPaid within 2 s.*raise timeoutSeconds/),
    });
    await clock.advance("2000ms");
    await failure;
  });
});

describe("a read that ends in time", () => {
  it("returns the result, and leaves no timer behind", async () => {
    const { clock, incoming } = read({
      envelope: envelopeOf(async () => ({ message: { data: 1 }, messageUuid: "u" })),
      schema: schemaOf(async () => ({ value: 2 })),
    });
    expect(await incoming).toEqual({ message: { data: 1 }, data: 2, messageUuid: "u" });
    expect(clock.pending).toBe(0);
  });

  it("fails with its own error", async () => {
    const refused = { issues: [{ message: "too late" }] };
    const { clock, incoming } = read({ schema: schemaOf(async () => refused) });
    await expect(incoming).rejects.toMatchObject({ code: "ERR_SCHEMA_REFUSED" });
    expect(clock.pending).toBe(0);
  });
});
