import { describe, expect, it } from "vitest";
import { deadLetterEntryOf } from "../../dead-letters/dead-letter-entry.ts";
import { paletteFor } from "../common/colours.ts";
import { entryLines } from "./dlq-show.ts";

function linesOf(body: string, headers: Record<string, unknown> = {}): string {
  const message = {
    content: Buffer.from(body),
    exchange: "",
    routingKey: "paid.dlq",
    redelivered: false,
    deliveryCount: 0,
    properties: { contentType: "text/plain" },
    headers,
  };
  return entryLines(deadLetterEntryOf(message as unknown as Parameters<typeof deadLetterEntryOf>[0], "paid.dlq"), {
    position: 1,
    now: 0,
    palette: paletteFor({}, {}),
  }).join("\n");
}

describe("entryLines", () => {
  it("shows headers of every type, also integers that JSON cannot represent", () => {
    const headers = { large: 2n ** 60n, list: [2n ** 60n, null], bytes: Buffer.from([1, 255]), none: null };
    const lines = linesOf("x", headers);
    expect(lines).toMatch(/header +large: 1152921504606846976\n/);
    expect(lines).toContain('list: ["1152921504606846976",null]');
    expect(lines).toContain("bytes: 2 bytes 01ff");
  });

  it("shows the size of the body, also of one byte", () => {
    expect(linesOf("x")).toMatch(/body +1 byte, text\/plain\n +x$/);
    expect(linesOf("xy")).toMatch(/body +2 bytes, text\/plain\n +xy$/);
  });
});
