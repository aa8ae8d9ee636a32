/** What is known of the earlier runs: only from a copy's headers and from the broker. */
import { describe, expect, it } from "vitest";
import { type DeliveryFields, FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import { attemptOf, historyOf, replayOf } from "./retry-history.ts";

const headers = {
  "x-tomodachi-attempts": 4,
  "x-tomodachi-failures": 3,
  "x-tomodachi-first-failed-at": "2026-01-01T00:00:00.000Z",
  "x-tomodachi-exchange": "shop",
  "x-tomodachi-routing-key": "order.paid",
};
const history = (fields: DeliveryFields) => historyOf(new FakeDelivery(fields).asDelivery, "orders.return");
const attempt = (fields: DeliveryFields, countsDeliveries = true) =>
  attemptOf(new FakeDelivery(fields).asDelivery, { returnExchange: "orders.return", countsDeliveries });

describe("a copy that came back", () => {
  it("has its runs, its failures and its origin", () => {
    expect(history({ exchange: "orders.return", routingKey: "queue", headers })).toEqual({
      attempts: 4,
      failures: 3,
      firstFailedAt: "2026-01-01T00:00:00.000Z",
      exchange: "shop",
      routingKey: "order.paid",
    });
  });

  it.each([{}, { "x-tomodachi-attempts": "many", "x-tomodachi-failures": -1, "x-tomodachi-exchange": 1 }])(
    "with invalid headers, %j, starts again",
    (broken) => {
      expect(history({ exchange: "orders.return", routingKey: "queue", headers: broken })).toEqual({
        attempts: 0,
        failures: 0,
        firstFailedAt: undefined,
        exchange: "orders.return",
        routingKey: "queue",
      });
    },
  );
});

it("a history is not trusted if the message came another way", () => {
  expect(history({ exchange: "amq.topic", routingKey: "key", headers })).toEqual({
    attempts: 0,
    failures: 0,
    firstFailedAt: undefined,
    exchange: "amq.topic",
    routingKey: "key",
  });
});

it("the history starts again for a replay, which knows its origin", () => {
  const replayed = { ...headers, "x-tomodachi-replay": "r-1" };
  expect(history({ exchange: "", routingKey: "queue", headers: replayed })).toEqual({
    attempts: 0,
    failures: 0,
    firstFailedAt: undefined,
    exchange: "shop",
    routingKey: "order.paid",
  });
});

describe("the mark of a replay", () => {
  const headers = { "x-tomodachi-replay": "r-1" };
  const replay = (fields: DeliveryFields) => replayOf(new FakeDelivery(fields).asDelivery, "orders.return");

  it("is trusted in a message that came by the name of its queue, or from a retry", () => {
    expect([replay({ exchange: "", headers }), replay({ exchange: "orders.return", headers })]).toEqual(["r-1", "r-1"]);
  });

  it("is not trusted in a message that was published to another exchange, or when it is not a short string", () => {
    expect(replay({ exchange: "amq.topic", headers })).toBeUndefined();
    for (const odd of [1, null, ["r"], "r".repeat(256)])
      expect(replay({ exchange: "", headers: { "x-tomodachi-replay": odd } })).toBeUndefined();
  });
});

describe("the attempt", () => {
  it.each<[DeliveryFields, number]>([
    [{}, 1],
    [{ redelivered: true }, 2],
    [{ redelivered: true, deliveryCount: 1 }, 2],
    [{ redelivered: true, deliveryCount: 3 }, 4],
    [{ exchange: "orders.return", headers }, 5],
    [{ exchange: "orders.return", headers, redelivered: true, deliveryCount: 2 }, 7],
  ])("of %j is %d", (fields, expected) => {
    expect(attempt(fields)).toBe(expected);
  });

  it("is not taken from a count that no queue wrote", () => {
    expect(attempt({ redelivered: false, deliveryCount: 30 })).toBe(1);
    expect(attempt({ redelivered: true, deliveryCount: 30 }, false)).toBe(2);
  });
});
