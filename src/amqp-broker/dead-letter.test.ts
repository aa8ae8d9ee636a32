/** What the headers of a dead letter contain, and when it may not go through a cycle again. */
import { describe, expect, it } from "vitest";
import { type StoredMessageFields, storedMessage } from "../../test/support/stored-messages.ts";
import { longString, tableAsObject } from "../amqp-wire/field-table.ts";
import { type BasicProperties, decodeProperties } from "../amqp-wire/properties.ts";
import { type DeadLetterRoute, deadMessageOf, isDeadLetterCycle } from "./dead-letter.ts";
import type { DeathReason, Message } from "./message.ts";

const now = 1_700_000_000_999;

function die(message: Message, reason: DeathReason, queue: string, route: Partial<DeadLetterRoute> = {}): Message {
  return deadMessageOf(message, reason, { queue, exchange: "dead", routingKey: undefined, ...route }, now);
}

function propertiesOf({ content }: Message): BasicProperties {
  return decodeProperties(content.properties);
}

function headersOf(message: Message): Record<string, unknown> {
  return tableAsObject(propertiesOf(message).headers ?? new Map());
}

function deathsOf(message: Message): unknown {
  return headersOf(message)["x-death"];
}

const first: StoredMessageFields = { exchange: "orders", routingKey: "order.paid", body: "body" };

describe("a dead letter", () => {
  it("records why, where and when it was dead-lettered, and its original exchange and routing keys", () => {
    const deadLetter = die(storedMessage(first), "rejected", "q");
    expect([deadLetter.exchange, deadLetter.routingKey, deadLetter.content.body.toString()]).toEqual([
      "dead",
      "order.paid",
      "body",
    ]);
    expect(headersOf(deadLetter)).toEqual({
      "x-death": [
        {
          count: 1,
          reason: "rejected",
          queue: "q",
          time: 1_700_000_000,
          exchange: "orders",
          "routing-keys": ["order.paid"],
        },
      ],
      "x-first-death-exchange": "orders",
      "x-first-death-queue": "q",
      "x-first-death-reason": "rejected",
      "x-last-death-exchange": "orders",
      "x-last-death-queue": "q",
      "x-last-death-reason": "rejected",
    });
  });

  it("keeps its other properties and headers, but not its expiration", () => {
    const properties: BasicProperties = { contentType: "a/b", deliveryMode: 2, expiration: "60000", messageId: "m" };
    const deadLetter = die(
      storedMessage({ ...first, properties, headers: { color: "red" }, priority: 7, expirationMs: 60_000 }),
      "expired",
      "q",
    );
    const { expiration, headers, ...kept } = propertiesOf(deadLetter);
    expect([expiration, deadLetter.expirationMs]).toEqual([undefined, undefined]);
    expect(kept).toEqual({ contentType: "a/b", deliveryMode: 2, messageId: "m" });
    expect(headers?.get("color")).toEqual(longString("red"));
    expect(deadLetter.priority).toBe(7);
    expect(deathsOf(deadLetter)).toMatchObject([{ reason: "expired", "original-expiration": "60000" }]);
  });

  it("does not change the original message", () => {
    const message = storedMessage({ ...first, headers: { color: "red" } });
    die(message, "rejected", "q");
    expect(headersOf(message)).toEqual({ color: "red" });
    expect(message.deaths).toBeUndefined();
  });

  it("uses the dead-letter routing key of the queue", () => {
    const deadLetter = die(storedMessage(first), "rejected", "q", { routingKey: "failed" });
    expect(deadLetter.routingKey).toBe("failed");
    expect(deathsOf(deadLetter)).toMatchObject([{ "routing-keys": ["order.paid"] }]);
  });

  it("lists the latest death first", () => {
    const once = die(storedMessage(first), "expired", "q1");
    const twice = die(once, "rejected", "q2", { exchange: "other" });
    expect(deathsOf(twice)).toMatchObject([
      { queue: "q2", reason: "rejected", exchange: "dead", count: 1 },
      { queue: "q1", reason: "expired", exchange: "orders", count: 1 },
    ]);
    expect(headersOf(twice)).toMatchObject({
      "x-first-death-queue": "q1",
      "x-first-death-reason": "expired",
      "x-first-death-exchange": "orders",
      "x-last-death-queue": "q2",
      "x-last-death-reason": "rejected",
      "x-last-death-exchange": "dead",
    });
  });

  it("counts a repeated death in the same queue, and moves that entry to the front", () => {
    let deadLetter = die(storedMessage({ ...first, properties: { expiration: "5" } }), "expired", "q1");
    deadLetter = die(deadLetter, "rejected", "q2");
    deadLetter = deadMessageOf(deadLetter, "expired", { queue: "q1", exchange: "dead", routingKey: "x" }, now + 60_000);
    expect(deathsOf(deadLetter)).toEqual([
      {
        count: 2,
        reason: "expired",
        queue: "q1",
        time: 1_700_000_000,
        exchange: "orders",
        "routing-keys": ["order.paid"],
        "original-expiration": "5",
      },
      expect.objectContaining({ count: 1, reason: "rejected", queue: "q2" }),
    ]);
  });

  it("counts another reason in the same queue separately", () => {
    const deadLetter = die(die(storedMessage(first), "expired", "q"), "rejected", "q");
    expect(deathsOf(deadLetter)).toMatchObject([
      { reason: "rejected", count: 1 },
      { reason: "expired", count: 1 },
    ]);
  });

  it("ignores an x-death header that a publisher wrote", () => {
    const deadLetter = die(storedMessage({ ...first, headers: { "x-death": "forged" } }), "maxlen", "q");
    expect(deathsOf(deadLetter)).toMatchObject([{ reason: "maxlen", count: 1 }]);
  });

  it("records the keys of CC, but not those of BCC", () => {
    const headers = new Map([["CC", { type: "A", value: [longString("copy"), { type: "V" }] } as const]]);
    const message = storedMessage({ ...first, properties: { headers }, otherKeys: ["copy", "hidden"] });
    const deadLetter = die(message, "rejected", "q");
    expect(deathsOf(deadLetter)).toMatchObject([{ "routing-keys": ["order.paid", "copy"] }]);
    expect(deadLetter.otherKeys).toEqual(["copy", "hidden"]);
    expect(headersOf(deadLetter)).toHaveProperty("CC");
  });

  it("is not sent to the keys of CC when the queue sets another key, but keeps the CC header", () => {
    const headers = new Map([["CC", { type: "A", value: [longString("copy")] } as const]]);
    const message = storedMessage({ ...first, properties: { headers }, otherKeys: ["copy"] });
    const deadLetter = die(message, "rejected", "q", { routingKey: "failed" });
    expect(deadLetter.otherKeys).toBeUndefined();
    expect(headersOf(deadLetter)).toHaveProperty("CC");
    expect(deathsOf(deadLetter)).toMatchObject([{ "routing-keys": ["order.paid", "copy"] }]);
  });
});

describe("a cycle of dead letters", () => {
  const roundOf = (...deaths: readonly (readonly [DeathReason, string])[]): Message =>
    deaths.reduce((message, [reason, queue]) => die(message, reason, queue), storedMessage(first));

  it("is not detected for a message that was never dead-lettered, or only in other queues", () => {
    expect(isDeadLetterCycle(storedMessage(first), "q")).toBe(false);
    expect(isDeadLetterCycle(roundOf(["expired", "other"]), "q")).toBe(false);
  });

  it("is detected when a message returns without a rejection, whatever the reasons", () => {
    expect(isDeadLetterCycle(roundOf(["expired", "q"]), "q")).toBe(true);
    expect(isDeadLetterCycle(roundOf(["maxlen", "q"], ["expired", "r"], ["delivery_limit", "s"]), "q")).toBe(true);
  });

  it("is not detected when a consumer rejected the message in the cycle", () => {
    expect(isDeadLetterCycle(roundOf(["rejected", "q"]), "q")).toBe(false);
    expect(isDeadLetterCycle(roundOf(["expired", "q"], ["rejected", "r"]), "q")).toBe(false);
  });

  it("is detected when the rejection was before the cycle", () => {
    expect(isDeadLetterCycle(roundOf(["rejected", "r"], ["expired", "q"]), "q")).toBe(true);
    expect(isDeadLetterCycle(roundOf(["rejected", "q"], ["expired", "q"]), "q")).toBe(true);
  });
});
