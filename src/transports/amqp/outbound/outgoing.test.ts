/** Builds a message from data and options; every problem is reported before anything is sent. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import type { BuiltMessage, Envelope } from "../../../service/envelope.ts";
import { systemClock } from "../../../util/clock.ts";
import { resolveAmqpOptions } from "../options/options.ts";
import { buildOutgoing } from "./outgoing.ts";
import type { PublishOptions } from "./publish-options.ts";

const service = { name: "orders", uuid: "u", options: {}, logger: createSilentLogger() };
const resolved = resolveAmqpOptions("orders", { routingKeyPrefix: "prod.", exchangeName: "events" }, {});

function build(data: unknown, options: Record<string, unknown> = {}, messageEnvelope: Envelope | null = null) {
  const whole = { routingKey: "order.paid", ...options } as unknown as PublishOptions;
  return buildOutgoing({ service, messageEnvelope, clock: systemClock }, resolved, data, whole) as OutgoingMessage;
}

const envelopeOf = (built: BuiltMessage): Envelope => ({
  buildMessage: () => built,
  parseMessage: () => ({ message: 1 }),
});

describe("buildOutgoing", () => {
  it("creates a persistent message with id, time and sender", () => {
    const before = Math.floor(Date.now() / 1000);
    const message = build("text");
    expect(message).toEqual({
      exchange: "events",
      routingKey: "prod.order.paid",
      content: Buffer.from("text"),
      mandatory: true,
      properties: {
        persistent: true,
        contentType: "text/plain",
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        timestamp: expect.any(Number),
        appId: "orders",
      },
    });
    expect(message.properties.timestamp).toBeGreaterThanOrEqual(before);
    expect(message.properties.timestamp).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
    expect(build("text").properties.messageId).not.toBe(message.properties.messageId);
  });

  it("refuses an x-death header that crashes brokers, also from an envelope", () => {
    const headers = { "x-death": ["text"] };
    const refused = expect.objectContaining({ code: "ERR_AMQP_PUBLISH_INVALID" });
    expect(() => build("text", { headers })).toThrow(refused);
    expect(() => build("text", {}, envelopeOf({ payload: "text", headers }))).toThrow(refused);
    expect(build("text", { headers: { "x-death": [{ count: 1 }] } }).properties.headers).toEqual({
      "x-death": [{ count: 1 }],
    });
  });

  it("sends bytes unchanged, without a copy", () => {
    const whole = new Uint8Array([1, 2, 3, 4]);
    const { content, properties } = build(whole.subarray(1, 3));
    expect([...content]).toEqual([2, 3]);
    expect(content.buffer).toBe(whole.buffer);
    expect(properties.contentType).toBe("application/octet-stream");
  });

  it("sets each property that was given", () => {
    const given = {
      headers: { a: 1 },
      priority: 0,
      correlationId: "c",
      replyTo: "r",
      messageId: "m",
      type: "t",
      contentType: "text/csv",
    };
    const { properties, exchange } = build("x", { ...given, expiration: "1500ms", exchangeName: "" });
    expect(properties).toMatchObject({ ...given, expiration: "1500" });
    expect(exchange).toBe("");
  });

  it.each([
    [undefined, "prod.order.paid"],
    [null, "order.paid"],
    ["", "order.paid"],
    ["test.", "test.order.paid"],
  ])("adds the prefix %j to the key", (routingKeyPrefix, key) => {
    expect(build("x", { routingKeyPrefix }).routingKey).toBe(key);
  });

  it.each([[true], [5], [Symbol("prefix")], [{}]])("refuses a prefix that is not a string", (routingKeyPrefix) => {
    const options = { routingKeyPrefix } as unknown as Partial<PublishOptions>;
    expect(() => build("x", options)).toThrow(
      expect.objectContaining({ code: "ERR_CONFIGURATION", message: expect.stringContaining("routingKeyPrefix") }),
    );
  });

  it("takes id, type and time from the envelope, and the publish overrides them", () => {
    const envelope = envelopeOf({ payload: "p", messageUuid: "uuid", contentType: "application/json", timestamp: 5.9 });
    expect(build({}, {}, envelope)).toMatchObject({
      content: Buffer.from("p"),
      properties: { messageId: "uuid", contentType: "application/json", timestamp: 5 },
    });
    expect(build({}, { messageId: "own", contentType: "a/b" }, envelope).properties).toMatchObject({
      messageId: "own",
      contentType: "a/b",
    });
  });

  it("passes the service, the key without prefix, the data and the options to the envelope", async () => {
    const seen: unknown[] = [];
    const envelope: Envelope = {
      buildMessage: async (...all) => {
        seen.push(...all);
        return Buffer.from("later");
      },
      parseMessage: () => ({ message: 1 }),
    };
    const data = { a: 1 };
    await expect(build(data, { messageEnvelope: envelope })).resolves.toMatchObject({ content: Buffer.from("later") });
    expect(seen).toEqual([service, "order.paid", data, { routingKey: "order.paid", messageEnvelope: envelope }]);
  });

  it("uses the envelope of the publish instead of the service's, and none for null", () => {
    const [own, services] = [envelopeOf("own"), envelopeOf("service's")];
    expect(build("x", { messageEnvelope: own }, services).content.toString()).toBe("own");
    expect(build("x", {}, services).content.toString()).toBe("service's");
    expect(build("x", { messageEnvelope: null }, services).content.toString()).toBe("x");
  });

  it.each([
    [{ a: 1 }, "object"],
    [null, "null"],
    [5, "number"],
    [undefined, "undefined"],
  ])("refuses %j without an envelope", (data, type) => {
    expect(() => build(data)).toThrow(
      expect.objectContaining({ code: "ERR_AMQP_PAYLOAD", message: expect.stringContaining(`not ${type}.`) }),
    );
  });

  it.each([undefined, null, 5])("refuses the routing key %j", (routingKey) => {
    expect(() => build("x", { routingKey })).toThrow(
      expect.objectContaining({ code: "ERR_CONFIGURATION", message: expect.stringContaining(`but got ${routingKey}`) }),
    );
  });

  it("refuses a misspelled option, unless the envelope accepts its own options", () => {
    const taking: Envelope = {
      buildMessage: (_service, _topic, _data, options) => JSON.stringify(options),
      parseMessage: () => ({ message: 1 }),
    };
    const slip = { prioity: 1 };
    expect(() => build("x", slip)).toThrow(/has no option "prioity"\. Did you mean "priority"\?/);
    expect(() => build("x", slip, envelopeOf("x"))).toThrow(/"prioity"/);
    expect(build("x", slip, taking).content.toString()).toContain("prioity");
  });

  it("lists each misspelled option and each wrong value in one error", () => {
    expect(() => build("x", { prioity: 1, typ: "x", priority: 300 })).toThrow(
      /"prioity"[\s\S]*options has no option "typ"[\s\S]*options\.priority must be/,
    );
  });

  it("passes on what the envelope throws", () => {
    const failing: Envelope = {
      buildMessage() {
        throw new Error("cannot be written");
      },
      parseMessage: () => ({ message: 1 }),
    };
    expect(() => build({}, {}, failing)).toThrow("cannot be written");
  });
});

describe("buildOutgoing with a schema", () => {
  const schema = z.object({ total: z.string().transform(Number) });
  const text: Envelope = {
    buildMessage: (_service, _topic, data) => JSON.stringify(data),
    parseMessage: () => ({ message: 1 }),
  };

  it("sends the data as it was passed, not the output of the schema", () => {
    expect(build({ total: "5" }, { schema }, text).content.toString()).toBe('{"total":"5"}');
  });

  it("refuses data that does not match before it builds a message", () => {
    const building: Envelope = {
      ...text,
      buildMessage: () => {
        throw new Error("built");
      },
    };
    expect(() => build({ total: 5 }, { schema }, building)).toThrow(
      /^The data to publish with the routing key "order\.paid" does not fit its schema: total: /,
    );
    expect(() => build("text", { schema: {} })).toThrow(
      /The option schema of amqpPublish\(\) must be a Standard Schema/,
    );
  });

  it("waits for an async schema", async () => {
    const slow = z.string().refine(async (word) => word !== "bad");
    const building = (word: string): Promise<OutgoingMessage> => Promise.resolve(build(word, { schema: slow }));
    expect((await building("good")).content.toString()).toBe("good");
    await expect(building("bad")).rejects.toMatchObject({ code: "ERR_SCHEMA_REFUSED" });
  });
});
