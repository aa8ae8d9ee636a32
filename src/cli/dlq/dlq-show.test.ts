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

  it("shows what caused an error and the errors that it holds, each with the line that threw it", () => {
    const stack = [
      "TypeError: fetch failed",
      "    at node:internal/deps/undici/undici:1:1",
      "    at Orders.onPaid (/srv/orders.ts:7:11)",
      "caused by: AggregateError: all addresses failed",
      "on two lines",
      "    at Bank.open (/srv/bank.ts:3:4)",
      "error 1 of 2: Error: connect ECONNREFUSED ::1:5432",
      "error 2 of 2: Error: connect ECONNREFUSED 127.0.0.1:5432",
      "    at TCPConnectWrap (node:net:1607:16)",
    ].join("\n");
    const error = { "x-tomodachi-error-class": "TypeError", "x-tomodachi-error-message": "fetch failed" };
    const lines = linesOf("x", { ...error, "x-tomodachi-error-stack": stack }).split("\n");
    const begin = lines.indexOf("    error      TypeError: fetch failed");
    expect(lines.slice(begin, begin + 8)).toEqual([
      "    error      TypeError: fetch failed",
      "    thrown     Orders.onPaid (/srv/orders.ts:7:11)",
      "    cause      AggregateError: all addresses failed",
      "               on two lines",
      "    thrown     Bank.open (/srv/bank.ts:3:4)",
      "    error 1/2  Error: connect ECONNREFUSED ::1:5432",
      "    error 2/2  Error: connect ECONNREFUSED 127.0.0.1:5432",
      "    thrown     TCPConnectWrap (node:net:1607:16)",
    ]);
  });
});
