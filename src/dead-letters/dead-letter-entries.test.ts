import { describe, expect, it } from "vitest";
import type { ReceivedMessage } from "../amqp-client/session/received-message.ts";
import { type TakenMessage, takenMessage } from "../amqp-client/taken-message.ts";
import { tableSize } from "../transports/amqp/settlement/table-size.ts";
import { deadLetterEntryOf, replayTarget } from "./dead-letter-entry.ts";
import { movedCopy, renewedCopy, replayedCopy } from "./entry-copy.ts";
import { createEntryFilter, type EntryFilter } from "./entry-filter.ts";

const frameMax = 131_072;
const now = new Date("2026-01-01T12:00:00.000Z");
const dead = "paid.dlq";

function message(headers: Record<string, unknown>, properties: object = {}, routingKey = dead): TakenMessage {
  const content = Buffer.from("body");
  const given = properties as ReceivedMessage["properties"];
  const received = {
    content,
    exchange: "",
    routingKey,
    redelivered: false,
    readableProperties: given,
    readableHeaders: headers,
  };
  return takenMessage(received as unknown as ReceivedMessage);
}

const own = {
  "x-tomodachi-reason": "handler-error",
  "x-tomodachi-error-class": "TypeError",
  "x-tomodachi-error-code": "ERR_X",
  "x-tomodachi-failed-at": "2026-01-01T11:00:00.000Z",
  "x-tomodachi-queue": "paid",
  "x-tomodachi-attempts": 2,
};

function death(queue: string, reason: string): object {
  const time = { "!": "timestamp", value: now.getTime() / 1000 - 60 };
  return { queue, reason, count: 21, exchange: "amq.topic", "routing-keys": ["order.paid"], time };
}

describe("entryOf", () => {
  it("reads the framework's headers", () => {
    expect(deadLetterEntryOf(message(own, { messageId: "m" }), dead)).toMatchObject({
      id: "m",
      reason: "handler-error",
      errorClass: "TypeError",
      attempts: 2,
      queue: "paid",
      failedAt: new Date("2026-01-01T11:00:00.000Z"),
    });
  });

  it("reads the broker's headers, also when the framework saved them under other names", () => {
    const deaths = [death("paid", "delivery_limit"), death("orders.retry.5s", "expired")];
    for (const name of ["x-death", "x-tomodachi-original-x-death"]) {
      expect(deadLetterEntryOf(message({ [name]: deaths }), dead)).toMatchObject({
        reason: "delivery_limit",
        queue: "paid",
        exchange: "amq.topic",
        routingKey: "order.paid",
        failedAt: new Date(now.getTime() - 60_000),
        deaths: [
          { queue: "paid", count: 21 },
          { queue: "orders.retry.5s", reason: "expired" },
        ],
      });
    }
  });

  it("knows where a message failed", () => {
    const queueOf = (headers: Record<string, unknown>, key?: string): string | undefined =>
      deadLetterEntryOf(message(headers, {}, key), dead).queue;
    expect(queueOf({ ...own, "x-tomodachi-queue": "paid.instance-7" })).toBe("paid.instance-7");
    expect(queueOf({ ...own, "x-death": [death("other", "expired")] })).toBe("paid");
    expect(queueOf({ ...own, "x-tomodachi-queue": "old", "x-death": [death("paid", "expired")] })).toBe("paid");
    expect(queueOf({ "x-death": [death("other", "maxlen")] })).toBe("other");
    expect(queueOf({ "x-death": [death("orders.retry.5s", "expired")] }, "gone")).toBe("gone");
    expect(queueOf({ "x-death": [death("orders.retry.5s", "expired")] })).toBeUndefined();
    expect(queueOf({})).toBeUndefined();
  });

  it("trusts the broker's headers for what the broker dead-lettered, and the framework's headers for its own copies", () => {
    const forged = { ...own, "x-tomodachi-queue": "victim", "x-death": [death("paid", "expired")] };
    expect(deadLetterEntryOf(message(forged), dead)).toMatchObject({ reason: "expired", queue: "paid" });
    expect(
      deadLetterEntryOf(message({ ...own, "x-tomodachi-original-x-death": [death("paid", "expired")] }), dead),
    ).toMatchObject({ reason: "handler-error" });
  });

  it("knows where a message failed when several queues share a dead-letter queue", () => {
    const queueOf = (headers: Record<string, unknown>): string | undefined =>
      deadLetterEntryOf(message(headers), "all.dlq").queue;
    expect(queueOf(own)).toBe("paid");
    expect(queueOf({ "x-death": [death("sent", "delivery_limit")] })).toBe("sent");
    const forged = { ...own, "x-tomodachi-queue": "victim", "x-death": [death("sent", "expired")] };
    expect(deadLetterEntryOf(message(forged), "all.dlq")).toMatchObject({ reason: "expired", queue: "sent" });
    expect(queueOf({ ...own, "x-tomodachi-original-x-death": [death("sent", "expired")] })).toBe("paid");
    const lost = { ...own, "x-death": [death("orders.retry.5s", "expired")] };
    expect(deadLetterEntryOf(message(lost), "orders.lost.dlq")).toMatchObject({
      reason: "handler-error",
      queue: "paid",
    });
  });

  it("is replayed to the queue where it failed, or to that queue's replacement", () => {
    const entry = deadLetterEntryOf(message(own), dead);
    expect(replayTarget(entry, undefined)).toBe("paid");
    expect(replayTarget(entry, new Map([["paid", "paid-v2"]]))).toBe("paid-v2");
    expect(replayTarget(deadLetterEntryOf(message({}), dead), new Map([["paid", "paid-v2"]]))).toBeUndefined();
    expect(replayTarget(deadLetterEntryOf(message({ "x-tomodachi-queue": dead }), dead), undefined)).toBeUndefined();
  });

  it.each([["text"], [5], [{ queue: "paid" }], [[["paid"]]], [null]])("treats an x-death of %j as absent", (value) => {
    expect(deadLetterEntryOf(message({ ...own, "x-death": value }), dead)).toMatchObject({ deaths: [], queue: "paid" });
  });

  it("handles headers with invalid values", () => {
    const odd = { "x-death": [null, 5, { queue: 7 }], "x-tomodachi-failed-at": "soon", "x-tomodachi-attempts": "two" };
    expect(deadLetterEntryOf(message(odd), dead)).toMatchObject({
      deaths: [],
      failedAt: undefined,
      attempts: undefined,
    });
  });
});

describe("copies", () => {
  const broker = {
    CC: ["elsewhere"],
    BCC: ["elsewhere"],
    "x-death": [death("paid", "expired")],
    "x-first-death-queue": "paid",
    "x-delivery-count": 4,
    "x-acquired-count": 4,
  };
  const whole = message(
    { ...own, ...broker, tenant: "acme", "x-tomodachi-retry-anything": 1 },
    { messageId: "m", type: "t", priority: 4, expiration: "1000", userId: "guest", deliveryMode: 1 },
  );

  it("keep what belongs to the message, and are persistent and mandatory", () => {
    for (const copy of [renewedCopy(whole, dead, frameMax), movedCopy(deadLetterEntryOf(whole, dead), "q", frameMax)]) {
      expect(copy.mandatory).toBe(true);
      expect(copy.exchange).toBe("");
      const { headers, ...properties } = copy.properties;
      expect(properties).toEqual({ messageId: "m", type: "t", priority: 4, persistent: true });
      expect(headers).toEqual({
        ...own,
        tenant: "acme",
        "x-tomodachi-retry-anything": 1,
        "x-tomodachi-original-CC": ["elsewhere"],
        "x-tomodachi-original-BCC": ["elsewhere"],
        "x-tomodachi-original-x-death": broker["x-death"],
        "x-tomodachi-original-x-first-death-queue": "paid",
        "x-tomodachi-original-expiration": "1000",
        "x-tomodachi-original-user-id": "guest",
      });
    }
  });

  it("for a replay drop the cause, and keep the last ten", () => {
    const first = replayedCopy(deadLetterEntryOf(whole, dead), "paid", "uuid", { now }, frameMax);
    expect(first.routingKey).toBe("paid");
    expect(first.properties.headers).toEqual({
      tenant: "acme",
      // From the broker: it dead-lettered the message, and no other header shows that.
      "x-tomodachi-exchange": "amq.topic",
      "x-tomodachi-routing-key": "order.paid",
      "x-tomodachi-retry-anything": 1,
      "x-tomodachi-original-CC": ["elsewhere"],
      "x-tomodachi-original-BCC": ["elsewhere"],
      "x-tomodachi-original-expiration": "1000",
      "x-tomodachi-original-user-id": "guest",
      "x-tomodachi-replay": "uuid",
      "x-tomodachi-replays": ["2026-01-01T12:00:00.000Z after 2 attempts, expired TypeError"],
    });
    let headers: Record<string, unknown> = first.properties.headers ?? {};
    for (let round = 1; round <= 12; round++) {
      const again = deadLetterEntryOf(message({ ...headers, ...own, "x-tomodachi-attempts": round }), dead);
      headers = replayedCopy(again, "paid", "next", { now }, frameMax).properties.headers ?? {};
    }
    const lines = headers["x-tomodachi-replays"] as readonly string[];
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toContain("after 12 attempts");
  });
});

describe("copies of a dead letter with more headers than can be written", () => {
  const small = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`small-${at}`, "s".repeat(100)]));
  const whole = message({ ...own, ...small, large: "l".repeat(90_000) });
  const copies = {
    renewed: renewedCopy(whole, dead, frameMax),
    moved: movedCopy(deadLetterEntryOf(whole, dead), "q", frameMax),
    replayed: replayedCopy(deadLetterEntryOf(whole, dead), "paid", "uuid", { now }, frameMax),
  };

  it.each(Object.entries(copies))("(%s) omit the largest, and name them", (_, copy) => {
    const { headers = {} } = copy.properties;
    expect(headers).toMatchObject({ ...small, "x-tomodachi-dropped-headers": "large" });
    expect(Object.keys(headers)).not.toContain("large");
  });

  it("keep the headers that say where a dead letter belongs, even among thousands of smaller headers", () => {
    const crowd = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`h${at}`, at]));
    const moved =
      movedCopy(deadLetterEntryOf(message({ ...own, ...crowd }), dead), "q", frameMax).properties.headers ?? {};
    expect(moved).toMatchObject(own);
    expect(tableSize(moved)).toBeLessThan(65_536);
  });
});

describe("createEntryFilter", () => {
  const matches = (filter: EntryFilter, headers: Record<string, unknown> = own, id = "m"): boolean =>
    createEntryFilter(filter, now.getTime())(deadLetterEntryOf(message(headers, { messageId: id }), dead));

  it.each<[EntryFilter, boolean]>([
    [{}, true],
    [{ ids: ["x", "m"] }, true],
    [{ ids: ["x"] }, false],
    [{ error: "TypeError" }, true],
    [{ error: "type*" }, true],
    [{ error: "ERR_?" }, true],
    [{ error: "Type" }, false],
    [{ error: "Type.rror" }, false],
    [{ reason: "handler-*" }, true],
    [{ reason: "timeout" }, false],
    [{ queue: "paid" }, true],
    [{ queue: "p*" }, true],
    [{ queue: "sent" }, false],
    [{ olderThanMs: 3_000_000 }, true],
    [{ olderThanMs: 4_000_000 }, false],
    [{ newerThanMs: 4_000_000 }, true],
    [{ newerThanMs: 3_000_000 }, false],
    [{ error: "TypeError", reason: "timeout" }, false],
  ])("%j: %s", (filter, expected) => {
    expect(matches(filter)).toBe(expected);
  });

  it("matches by age only entries with a time of failure", () => {
    expect(matches({ olderThanMs: 1 }, {})).toBe(false);
    expect(matches({ newerThanMs: 1e12 }, {})).toBe(false);
  });
});
