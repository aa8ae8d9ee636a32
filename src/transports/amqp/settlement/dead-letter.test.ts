/** The copy of a failed message: complete, always sendable, and without anything that would lose it again. */
import { describe, expect, it } from "vitest";
import { type DeliveryFields, FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import { TomodachiError } from "../../../errors.ts";
import { SchemaError } from "../../../service/schema-error.ts";
import { deadLetterHeaderNames as names } from "../names/headers.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { type DeadLetterCause, deadLetterOf } from "./dead-letter.ts";
import { retryCopyOf } from "./retry-copy.ts";
import { tableSize } from "./table-size.ts";

const plan = {
  queue: { deadLetterQueue: "orders.dlq", queueName: "orders" },
  handler: { name: "onPaid" },
} as unknown as SubscriptionPlan;

function causeOf(cause: Partial<DeadLetterCause> = {}): DeadLetterCause {
  return {
    reason: "handler-error",
    error: new TypeError("broken"),
    plan,
    service: { name: "shop", uuid: "u-1" },
    attempts: 2,
    returnExchange: "shop.return",
    startedAt: new Date(1000),
    failedAt: new Date(2000),
    ...cause,
  };
}

function copyOf(fields: DeliveryFields, cause: Partial<DeadLetterCause> = {}) {
  const copy = deadLetterOf(new FakeDelivery(fields).asDelivery, causeOf(cause), { frameMax: 131_072 });
  return { copy, headers: copy.properties.headers as Record<string, unknown> };
}

const added = (headers: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => Object.values<string>(names).includes(name)));

describe("the dead-letter copy", () => {
  it("goes to the dead-letter queue with body, type and ids, and is always persistent", () => {
    const properties = {
      contentType: "application/json",
      contentEncoding: "gzip",
      type: "t",
      messageId: "m",
      correlationId: "c",
      replyTo: "r",
      priority: 5,
      timestamp: 1_700_000_000,
      appId: "a",
      deliveryMode: 1,
    };
    const { copy } = copyOf({ content: "body", properties });
    const { deliveryMode: _mode, ...kept } = properties;
    expect(copy).toMatchObject({
      exchange: "",
      routingKey: "orders.dlq",
      content: Buffer.from("body"),
      mandatory: true,
    });
    expect(copy.properties).toEqual({ ...kept, persistent: true, headers: expect.any(Object) });
  });

  it("has the issues of a schema in a header of limited size", () => {
    const issues = Array.from({ length: 500 }, (_, index) => ({ message: "no number", path: ["items", index] }));
    const error = new SchemaError("ERR_SCHEMA_REFUSED", "It does not fit.", issues);
    const { headers } = copyOf({}, { reason: "schema", error });
    const written = JSON.parse(String(headers[names.schemaIssues])) as unknown[];
    expect(written[0]).toEqual({ path: "items.0", message: "no number" });
    expect(written.at(-1)).toEqual({ more: 501 - written.length });
    expect(Buffer.byteLength(String(headers[names.schemaIssues]))).toBeLessThanOrEqual(2000);
    expect(tableSize(added(headers))).toBeLessThanOrEqual(8 * 1024);
    expect(copyOf({}).headers).not.toHaveProperty([names.schemaIssues]);
  });

  it("names a class in its stack as the TypeScript file does", () => {
    const error = new Error("no");
    error.stack = "Error: no\n    at _Shop.greet (/shop/service/app.ts:6:46)\n    at _Lib.run (/shop/lib.js:1:1)";
    expect(copyOf({}, { error }).headers[names.errorStack]).toBe(
      "Error: no\n    at Shop.greet (/shop/service/app.ts:6:46)\n    at _Lib.run (/shop/lib.js:1:1)",
    );
  });

  it("has no property that the message did not have, because amqplib distinguishes undefined from absent", () => {
    expect(Object.keys(copyOf({ properties: { contentType: undefined } }).copy.properties)).toEqual([
      "persistent",
      "headers",
    ]);
  });

  it("does not share bytes with the delivery", () => {
    const content = Buffer.from("body");
    const { copy } = copyOf({ content });
    expect(copy.content.buffer === content.buffer && copy.content.byteOffset === content.byteOffset).toBe(false);
  });

  it("has headers that say where, why and when it failed, beside the message's own headers", () => {
    const { headers } = copyOf(
      { exchange: "amq.topic", routingKey: "order.paid", headers: { mine: 1, gone: undefined } },
      { reason: "rejected", error: new TomodachiError("ERR_X", "broken") },
    );
    expect(headers).toEqual({
      mine: 1,
      [names.reason]: "rejected",
      [names.errorClass]: "TomodachiError",
      [names.errorCode]: "ERR_X",
      [names.errorMessage]: "broken",
      [names.errorStack]: expect.stringContaining("dead-letter.test"),
      [names.handler]: "onPaid",
      [names.service]: "shop",
      [names.serviceUuid]: "u-1",
      [names.host]: expect.any(String),
      [names.attempts]: 2,
      [names.startedAt]: "1970-01-01T00:00:01.000Z",
      [names.failedAt]: "1970-01-01T00:00:02.000Z",
      [names.exchange]: "amq.topic",
      [names.routingKey]: "order.paid",
      [names.queue]: "orders",
    });
  });

  it("describes its own failure, not an earlier one", () => {
    expect(copyOf({ headers: { [names.reason]: "timeout" } }).headers[names.reason]).toBe("handler-error");
  });

  it.each([
    "CC",
    "BCC",
    "x-death",
    "x-first-death-queue",
    "x-last-death-reason",
    "x-delivery-count",
    "x-acquired-count",
  ])("keeps %s in a place where the broker ignores it", (name) => {
    const { headers } = copyOf({ headers: { [name]: ["value"] } });
    expect(headers[name]).toBeUndefined();
    expect(headers[`x-tomodachi-original-${name}`]).toEqual(["value"]);
  });

  it("keeps headers that only look like those of the broker", () => {
    const alike = { cc: 1, "x-deaths": 2, "my-CC": 3 };
    expect(copyOf({ headers: alike }).headers).toMatchObject(alike);
  });

  it("keeps expiration and user-id readable in headers, but does not set them", () => {
    const { copy, headers } = copyOf({ properties: { expiration: "5000", userId: "guest" } });
    expect(headers).toMatchObject({
      "x-tomodachi-original-expiration": "5000",
      "x-tomodachi-original-user-id": "guest",
    });
    expect(copy.properties).not.toHaveProperty("expiration");
    expect(copy.properties).not.toHaveProperty("userId");
  });
});

describe("the copy of a returned copy", () => {
  const back = { exchange: "shop.return", routingKey: "orders" };
  const history = { failures: 3, firstFailedAt: "then", attempts: 2, exchange: "amq.topic", routingKey: "order.paid" };

  it("describes the message and its first and last failure, but not the route of the copy", () => {
    const kept = { "x-tomodachi-original-x-death": ["the message's own"], mine: 1 };
    const from = { [names.exchange]: "amq.topic", [names.routingKey]: "order.paid" };
    const stale = { ...from, [names.errorCode]: "ERR_OLD", [names.errorMessage]: "old" };
    const broker = { "x-death": ["the tier's"], "x-first-death-queue": "tier", "x-delivery-count": 1 };
    const { headers } = copyOf(
      { ...back, headers: { ...kept, ...stale, ...broker } },
      { history, returnExchange: "shop.return" },
    );
    expect(headers).toMatchObject({
      ...kept,
      [names.errorMessage]: "broken",
      [names.failures]: 3,
      [names.firstFailedAt]: "then",
      [names.exchange]: "amq.topic",
      [names.routingKey]: "order.paid",
    });
    for (const name of [names.errorCode, "x-death", "x-first-death-queue", "x-tomodachi-original-x-delivery-count"])
      expect(headers).not.toHaveProperty([name]);
  });

  it("to a retry queue is sent by the name of that queue, without the reason and the stack", () => {
    const cause = causeOf({ history, returnExchange: "shop.return" });
    const { exchange, routingKey, mandatory, properties } = retryCopyOf(
      new FakeDelivery(back).asDelivery,
      cause,
      "tier",
      { frameMax: 131_072 },
    );
    expect([exchange, routingKey, mandatory, properties.persistent]).toEqual(["tier", "orders", true, true]);
    expect(properties.headers).toMatchObject({ [names.failures]: 3, [names.errorMessage]: "broken" });
    expect(properties.headers).not.toHaveProperty([names.reason]);
    expect(properties.headers).not.toHaveProperty([names.errorStack]);
  });
});

describe("the size of the added headers", () => {
  it("is 8 KiB at most, whatever was thrown", () => {
    const error = Object.assign(new Error("🚀".repeat(100_000)), { code: "x".repeat(10_000) });
    error.name = "N".repeat(10_000);
    error.stack = `\n    at somewhere 友`.repeat(100_000);
    const long = {
      handler: { name: "h".repeat(5000) },
      queue: { queueName: "q".repeat(255) },
    } as unknown as SubscriptionPlan;
    const { headers } = copyOf(
      { exchange: "e".repeat(255), routingKey: "k".repeat(255) },
      { error, plan: { ...plan, ...long }, service: { name: "s".repeat(5000), uuid: "u".repeat(5000) } },
    );
    expect(tableSize(headers)).toBeLessThanOrEqual(8 * 1024);
    expect(tableSize(headers)).toBeGreaterThan(7 * 1024);
    for (const text of Object.values(headers)) expect(String(text)).not.toContain("\ufffd");
  });

  it.each([
    ["a string", "text", "string", "text"],
    ["undefined", undefined, "undefined", "undefined"],
    ["null", null, "object", "null"],
    ["a number", 5, "number", "5"],
    ["an object", { a: 1 }, "Object", "[object Object]"],
    ["an object without prototype", Object.create(null), "Object", "something that cannot be converted to a string"],
    ["an error without a message", new RangeError(), "RangeError", "RangeError"],
  ])("describes %s that was thrown", (_what, error, type, message) => {
    const { headers } = copyOf({}, { error });
    expect(headers).toMatchObject({ [names.errorClass]: type, [names.errorMessage]: message });
    if (!(error instanceof Error)) expect(headers).not.toHaveProperty(names.errorStack);
    expect(headers).not.toHaveProperty(names.errorCode);
  });

  it.each([
    ["whose message is not a string", Object.assign(new Error("x"), { message: { a: 1 } })],
    ["whose stack is not a string", Object.assign(new Error("x"), { stack: ["a"] })],
    [
      "whose class has a static method called name",
      new (
        class extends Error {
          static override name(): void {}
        } as never as new () => Error
      )(),
    ],
  ])("describes an error %s", (_what, error) => {
    expect(copyOf({}, { error }).headers).toHaveProperty([names.errorMessage]);
  });
});

describe("a copy with many headers", () => {
  const many = (count: number, bytes: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`h${at}`, "x".repeat(bytes)]));

  it("keeps all of them and the stack while they fit", () => {
    const { headers } = copyOf({ headers: many(10, 5000) });
    expect(Object.keys(headers)).toEqual(expect.arrayContaining([...Object.keys(many(10, 1)), names.errorStack]));
  });

  it("omits the stack first", () => {
    const error = new Error("broken");
    error.stack = "s".repeat(10_000);
    const { headers } = copyOf({ headers: many(11, 5100) }, { error });
    expect(Object.keys(headers)).toEqual(expect.arrayContaining(Object.keys(many(11, 1))));
    expect(headers).not.toHaveProperty([names.errorStack]);
    expect(headers).not.toHaveProperty(["x-tomodachi-dropped-headers"]);
    expect(tableSize(headers)).toBeLessThanOrEqual(60_000);
  });

  it("then omits the largest headers, and names them", () => {
    const { headers } = copyOf({ headers: { small: "s", large: "x".repeat(40_000), larger: "x".repeat(50_000) } });
    expect(headers).toMatchObject({ small: "s", large: expect.any(String), "x-tomodachi-dropped-headers": "larger" });
    expect(headers).not.toHaveProperty("larger");
    expect(headers).toMatchObject({ [names.reason]: "handler-error", [names.errorMessage]: "broken" });
  });

  it.each([
    ["60 kB in one", { one: "x".repeat(60_000) }],
    ["60 kB in a hundred", many(100, 600)],
    ["120 kB in a thousand", many(1000, 120)],
    ["long names", Object.fromEntries(Array.from({ length: 600 }, (_, at) => ["n".repeat(250) + at, at]))],
    ["a deep one", { deep: JSON.parse("[".repeat(500) + "]".repeat(500)) }],
  ])("fits into its frame: %s", (_what, headers) => {
    const { headers: kept } = copyOf({ headers });
    expect(tableSize(kept)).toBeLessThanOrEqual(60_000);
    expect(kept["x-tomodachi-dropped-headers"]).toEqual(expect.any(String));
    expect(added(kept)).toHaveProperty([names.reason]);
  });
});
