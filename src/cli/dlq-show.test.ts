import { describe, expect, it } from "vitest";
import { letterOf } from "../dead-letters/letter.ts";
import { letterLines } from "./dlq-show.ts";

function linesOf(body: string): string {
  const message = {
    content: Buffer.from(body),
    exchange: "",
    routingKey: "paid.dlq",
    redelivered: false,
    deliveryCount: 0,
    properties: { contentType: "text/plain" },
    headers: {},
  };
  return letterLines(letterOf(message as unknown as Parameters<typeof letterOf>[0], "paid.dlq"), 1, 0).join("\n");
}

describe("letterLines", () => {
  it("says how long the body is, also of one byte", () => {
    expect(linesOf("x")).toMatch(/body +1 byte, text\/plain\n +x$/);
    expect(linesOf("xy")).toMatch(/body +2 bytes, text\/plain\n +xy$/);
  });
});
