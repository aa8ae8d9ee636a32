import { describe, expect, it } from "vitest";
import type { MessageRow } from "../view/live-view.ts";
import type { RecordedMessage } from "./recorded-message.ts";
import { wayOf } from "./way.ts";

function recorded(row: Partial<MessageRow>, rest: Partial<RecordedMessage> = {}): RecordedMessage {
  return {
    row: {
      number: 1,
      at: 1000,
      kind: "handled",
      service: "orders",
      handler: "onPaid",
      exchange: "amq.topic",
      routingKey: "order.1.paid",
      messageId: "m1",
      outcome: "acknowledge",
      attempt: 1,
      isReplay: false,
      ms: 5,
      bytes: 2,
      error: undefined,
      ...row,
    },
    content: Buffer.from("{}"),
    headers: {},
    properties: {},
    queue: "orders-paid",
    correlationId: undefined,
    causationId: undefined,
    notes: [],
    error: undefined,
    isCalled: false,
    retryDelayMs: undefined,
    ...rest,
  };
}

const published = recorded({
  number: 1,
  at: 900,
  kind: "published",
  service: "shop",
  handler: undefined,
  outcome: "published",
});
const failed = recorded(
  { number: 2, outcome: "retry" },
  {
    notes: [{ at: 1001, kind: "retry", text: "Waits 5 s for another run", detail: "Error: busy" }],
    error: { title: "Error", message: "busy", stack: "" },
  },
);
const done = recorded({ number: 3, at: 6000, attempt: 2 });
const receipt = recorded(
  { number: 4, at: 6001, kind: "published", messageId: "m2", routingKey: "receipt.sent", outcome: "published" },
  { causationId: "m1" },
);
const all = [published, failed, done, receipt];

describe("the way of a message", () => {
  it("is the same from each of its messages, and contains what it caused", () => {
    const texts = wayOf(done, all).map(({ text }) => text);
    expect(texts).toEqual([
      "Published by shop to amq.topic, key order.1.paid",
      "orders.onPaid, attempt 1: failed after 5.0 ms",
      "Waits 5 s for another run",
      "orders.onPaid, attempt 2: done after 5.0 ms",
      "Its handler in orders published receipt.sent",
    ]);
    expect(wayOf(failed, all).map(({ text }) => text)).toEqual(texts);
    expect(wayOf(done, all).every(({ isWholeSecond }) => !isWholeSecond)).toBe(true);
  });

  it("gives a caused message the time at which its publish began, as the history of that message does", () => {
    const slow = recorded({ ...receipt.row, at: 6500, ms: 499 }, { causationId: "m1" });
    const times = [wayOf(done, [done, slow]), wayOf(slow, [done, slow])].map((way) => way.at(-1)?.at);
    expect(times).toEqual([6001, 6001]);
  });

  it("names the message that caused it", () => {
    expect(wayOf(receipt, all)[0]).toMatchObject({
      kind: "caused",
      text: "orders.onPaid handled order.1.paid and sent this message",
      message: 2,
    });
  });

  it("uses the properties if another process published the message", () => {
    const [first] = wayOf(recorded({}, { properties: { appId: "shop", timestamp: 1 } }), []);
    expect(first).toMatchObject({ at: 1000, text: "Published by shop to amq.topic, key order.1.paid" });
    expect(first?.isWholeSecond).toBe(true);
  });

  it("says of a message that was only seen at the broker where that was, and no handler and no outcome", () => {
    const passing = recorded({ kind: "passing", service: "", handler: undefined, outcome: "seen", ms: 0 });
    expect(wayOf(passing, [passing]).map(({ text }) => text)).toEqual([
      "Published to amq.topic, key order.1.paid",
      "Seen at amq.topic",
    ]);
  });

  it("is one run if the message has no id", () => {
    expect(wayOf(recorded({ messageId: undefined }), all).map(({ text }) => text)).toEqual([
      "orders.onPaid, attempt 1: done after 5.0 ms",
    ]);
  });
});
