/** Contents with other properties. */
import { describe, expect, it } from "vitest";
import { ContentAssembler } from "../amqp-wire/content-assembler.ts";
import { longString } from "../amqp-wire/field-table.ts";
import { type BasicProperties, decodeProperties } from "../amqp-wire/properties.ts";
import { contentOf } from "./content-of.ts";

const properties: BasicProperties = {
  contentType: "text/plain",
  headers: new Map([["color", longString("red")]]),
  deliveryMode: 2,
  priority: 0,
  timestamp: 1,
};

describe("contentOf", () => {
  it.each([0, 1, 70_000])("builds the same frames as a client: %i bytes of body", (size) => {
    const body = Buffer.alloc(size, "abc");
    const made = contentOf(properties, body);
    const assembler = new ContentAssembler();
    assembler.begin(60);
    const sent = assembler.header(made.header) ?? assembler.body(made.body);
    expect(sent?.body.equals(body)).toBe(true);
    expect(sent?.headerSize).toBe(made.headerSize);
    expect(made.bodySize).toBe(size);
    expect(decodeProperties(made.properties)).toEqual(properties);
  });

  it("does not keep the body that it was given", () => {
    const body = Buffer.from("old");
    const made = contentOf({}, body);
    body.write("new");
    expect(made.body.toString()).toBe("old");
    expect(decodeProperties(made.properties)).toEqual({});
  });
});
