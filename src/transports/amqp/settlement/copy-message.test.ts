/** The copy of a message: it always fits, and what it has not got is named. */
import { describe, expect, it } from "vitest";
import type { DeliveryProperties } from "../../../amqp-client/delivery.ts";
import { type CopyOrder, copyMessage } from "./copy-message.ts";
import { tableSize } from "./table-size.ts";

const dropped = "x-tomodachi-dropped-headers";
const stranger = { ours: false, returned: false };
const added = { "x-tomodachi-reason": "handler-error", "x-tomodachi-queue": "orders" };

function copy(
  headers: Record<string, unknown>,
  properties: Partial<DeliveryProperties> = {},
  order: Partial<CopyOrder> = {},
) {
  const source = { content: Buffer.from("body"), properties: properties as DeliveryProperties, headers };
  const target = { exchange: "", routingKey: "orders.dlq" };
  const whole: CopyOrder = { kind: "dead-letter", arrival: stranger, target, added, frameMax: 131_072, ...order };
  const { properties: copied } = copyMessage(source, whole);
  return { ...copied, headers: copied.headers as Record<string, unknown> };
}

it("a copy omits headers that cannot be written, and names them", () => {
  const { headers } = copy({ kept: "v", nan: Number.NaN, map: new Map() });
  expect(headers).toEqual({ ...added, kept: "v", [dropped]: "nan, map" });
});

it("a copy keeps a header with the name of an Object property", () => {
  const { headers } = copy(JSON.parse(`{ "__proto__": "v", "constructor": 1 }`) as Record<string, unknown>);
  expect(Object.entries(headers)).toEqual(
    expect.arrayContaining([
      ["__proto__", "v"],
      ["constructor", 1],
    ]),
  );
  expect(Object.keys(headers)).not.toContain(dropped);
});

it("a copy omits properties that cannot be written, and names them", () => {
  const properties = {
    timestamp: 2 ** 64,
    correlationId: "\ufffd".repeat(100),
    contentType: "text/plain",
    priority: 3,
  };
  const { headers, ...rest } = copy({}, properties);
  expect(rest).toEqual({ contentType: "text/plain", priority: 3, persistent: true });
  expect(headers).toEqual({ ...added, [dropped]: "correlation-id (property), timestamp (property)" });
});

it("a copy also names what an earlier copy omitted", () => {
  const { headers } = copy({ [dropped]: "large", nan: Number.NaN }, {}, { arrival: { ours: true, returned: true } });
  expect(headers[dropped]).toBe("large, nan");
});

describe("a copy in the smallest frame", () => {
  it.each([
    ["with one large header", { large: "x".repeat(10_000) }],
    ["with many", Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`h${at}`, at]))],
    ["with long names", Object.fromEntries(Array.from({ length: 50 }, (_, at) => ["n".repeat(250) + at, at]))],
  ])("fits %s, and keeps the headers that return it to its queue", (_what, given) => {
    const long = "k".repeat(255);
    const vital = { ...added, "x-tomodachi-routing-key": long, "x-tomodachi-exchange": long };
    const more = {
      ...vital,
      "x-tomodachi-error-message": "m".repeat(2000),
      "x-tomodachi-error-stack": "s".repeat(5000),
    };
    const properties = { messageId: long, correlationId: long, contentType: long };
    const { headers } = copy(given, properties, { added: more, frameMax: 4096 });
    expect(tableSize(headers)).toBeLessThanOrEqual(4096 - 43 - 3 * 256);
    expect(headers).toMatchObject(vital);
    expect(headers[dropped]).toEqual(expect.any(String));
  });
});

describe("a copy of another program's message", () => {
  const forged = { "x-tomodachi-replay": "r", "x-tomodachi-replays": ["never"], "x-tomodachi-original-x-death": ["x"] };

  it("has no header that only a copy or a replay writes", () => {
    const { headers } = copy({ ...forged, "x-tomodachi-attempts": 99, "x-tomodachi-event-version": 2 });
    expect(headers).toEqual({ ...added, "x-tomodachi-event-version": 2, [dropped]: Object.keys(forged).join(", ") });
  });

  it("keeps these headers if the message came through the framework", () => {
    expect(copy(forged, {}, { arrival: { ours: true, returned: false } }).headers).toEqual({ ...added, ...forged });
  });

  it("has its x-death header under another name, whatever it contains", () => {
    for (const value of ["text", 5, [1, "x"], [{ queue: 7 }], { a: 1 }, null]) {
      const { headers } = copy({ "x-death": value });
      expect(headers).toEqual({ ...added, "x-tomodachi-original-x-death": value });
    }
  });
});

it("a copy without headers has only the body and plain properties of the message", () => {
  const { headers, ...rest } = copy(
    { a: 1 },
    { contentType: "text/plain", messageId: "友", type: "t" },
    { bare: true },
  );
  expect(rest).toEqual({ contentType: "text/plain", type: "t", persistent: true });
  expect(headers).toEqual({ ...added, [dropped]: "message-id (property), a" });
});
