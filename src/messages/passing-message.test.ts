import { describe, expect, it } from "vitest";
import { JsonBase } from "../envelopes/json-base.ts";
import { createLogger } from "../log/logger.ts";
import type { BuiltPayload } from "../service/envelope.ts";
import { type ReadableMessage, readPassing } from "./passing-message.ts";

const wish = { handlers: [], routingKeyPrefix: "", envelope: undefined };

function delivered(content: string | Buffer, more: Partial<ReadableMessage> = {}): ReadableMessage {
  return {
    content: Buffer.from(content),
    exchange: "amq.topic",
    routingKey: "a.b",
    properties: {},
    headers: {},
    unreadable: undefined,
    ...more,
  };
}

describe("a message that passes", () => {
  it("is recognised as JsonBase, with its sender and id", async () => {
    const logger = await createLogger({ form: "disabled" });
    const service = { name: "orders", uuid: "u-1", options: {}, logger };
    const built = (await JsonBase.buildMessage(service, "a.b", { n: 1 }, {})) as BuiltPayload;
    const read = await readPassing(delivered(String(built.payload)), wish);
    expect(read).toMatchObject({ envelope: "json-base", data: { n: 1 }, sender: "orders", id: built.messageUuid });
  });

  it("is recognised as plain JSON, text, bytes, or an event", async () => {
    expect(await readPassing(delivered('{"data": 1, "x": 2}'), wish)).toMatchObject({ envelope: "json" });
    expect(await readPassing(delivered("[1, 2]"), wish)).toMatchObject({ envelope: "json", data: [1, 2] });
    expect(await readPassing(delivered("5"), wish)).toMatchObject({ envelope: "text", data: "5" });
    expect(await readPassing(delivered("{broken"), wish)).toMatchObject({ envelope: "text", data: "{broken" });
    const bytes = await readPassing(delivered(Buffer.from([0xff])), wish);
    expect(bytes).toMatchObject({ envelope: "bytes", data: Buffer.from([0xff]) });
    const event = { specversion: "1.0", id: "e-1", source: "/s", type: "t", data: { n: 1 } };
    const structured = { properties: { contentType: "application/cloudevents+json" } };
    const read = await readPassing(delivered(JSON.stringify(event), structured), wish);
    expect(read).toMatchObject({ envelope: "cloudevents", data: { n: 1 } });
  });

  it("is shown with a decoded key, without its prefix", async () => {
    const read = await readPassing(delivered("x", { routingKey: "prod.a___c3a9_" }), {
      ...wish,
      routingKeyPrefix: "prod.",
    });
    expect(read.routingKey).toBe("aé");
  });

  it("is shown by its content when it does not match the named envelope", async () => {
    const read = await readPassing(delivered("no json"), { ...wish, envelope: "json-base" });
    expect(read).toMatchObject({ envelope: "text", data: "no json" });
  });
});
