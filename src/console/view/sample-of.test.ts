import { expect, it } from "vitest";
import { sampleOf, typeOf } from "./sample-of.ts";

it("a sample contains required members, with values from the schema", () => {
  const schema = {
    type: "object",
    required: ["id", "total", "lines", "kind", "buyer", "paid"],
    properties: {
      id: { type: "string", format: "uuid" },
      total: { type: "number", minimum: 5 },
      lines: { type: "array", items: { type: "string" } },
      kind: { enum: ["web", "shop"] },
      buyer: { type: "object", required: ["name"], properties: { name: { type: "string", examples: ["Ann"] } } },
      paid: { type: ["boolean", "null"] },
      note: { type: "string" },
      currency: { type: "string", default: "EUR" },
    },
  };
  expect(sampleOf(schema)).toEqual({
    id: "00000000-0000-4000-8000-000000000000",
    total: 5,
    lines: [],
    kind: "web",
    buyer: { name: "Ann" },
    paid: false,
    currency: "EUR",
  });
});

it("a sample is null for an unknown type, and missing without a schema", () => {
  expect(sampleOf({})).toBeNull();
  expect(sampleOf(undefined)).toBeUndefined();
  expect(typeOf({ properties: {} })).toBe("object");
});

it("a sample of a recursive schema is finite", () => {
  const endless: { type: string; required: string[]; properties: Record<string, object> } = {
    type: "object",
    required: ["next"],
    properties: {},
  };
  endless.properties["next"] = endless;
  expect(JSON.stringify(sampleOf(endless)).length).toBeLessThan(200);
});
