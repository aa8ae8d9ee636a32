import { describe, expect, it } from "vitest";
import { deadLetterEntryOf } from "../dead-letters/dead-letter-entry.ts";
import { entryLines } from "./dlq-show.ts";

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
  return entryLines(
    deadLetterEntryOf(message as unknown as Parameters<typeof deadLetterEntryOf>[0], "paid.dlq"),
    1,
    0,
  ).join("\n");
}

describe("entryLines", () => {
  it("says how long the body is, also of one byte", () => {
    expect(linesOf("x")).toMatch(/body +1 byte, text\/plain\n +x$/);
    expect(linesOf("xy")).toMatch(/body +2 bytes, text\/plain\n +xy$/);
  });
});
