import { describe, expect, it } from "vitest";
import { checkMessage, requireFrame } from "./check-message.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

function message(properties: object, more: object = {}): OutgoingMessage {
  const whole = { exchange: "", routingKey: "key", content: Buffer.alloc(0), properties, mandatory: false };
  return { ...whole, ...more } as OutgoingMessage;
}

describe("a message to be sent", () => {
  it.each<[object, string]>([
    [{ expiration: "60s" }, "expiration must be a whole number of milliseconds"],
    [{ expiration: "-1" }, "expiration"],
    [{ expiration: "1.5" }, "expiration"],
    [{ expiration: "NaN" }, "expiration"],
    [{ expiration: "4294967296" }, "expiration"],
    [{ expiration: 60 }, "expiration"],
    [{ priority: 1.5 }, "priority must be a whole number, 0 to 255"],
    [{ priority: 256 }, "priority"],
    [{ priority: "1" }, "priority"],
    [{ timestamp: -1 }, "timestamp"],
    [{ timestamp: Number.NaN }, "timestamp"],
    [{ messageId: "ä".repeat(128) }, "messageId takes 256 bytes; AMQP allows 255"],
    [{ correlationId: 5 }, "correlationId must be a string, not number"],
    [{ type: null }, "type must be a string, not null"],
    [{ headers: [] }, "headers must be an object, not a list"],
    [{ headers: { CC: "a" } }, 'headers["CC"] must be a list of routing keys, not string'],
    [
      { headers: { BCC: ["a", 1] } },
      'headers["BCC"] must contain strings of at most 255 bytes, but the item at index 1 is something else',
    ],
    [
      { headers: { CC: ["k".repeat(256)] } },
      'headers["CC"] must contain strings of at most 255 bytes, but the item at index 0 is something else',
    ],
    [{ headers: { a: { b: [Number.NaN] } } }, 'headers["a"]["b"][0] is NaN'],
  ])("is refused by name with %j", (properties, expected) => {
    let error: unknown;
    try {
      checkMessage(message(properties));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "ERR_AMQP_PUBLISH_INVALID" });
    expect((error as Error).message).toContain(`was not sent: ${expected}`);
  });

  it.each([{ exchange: 5 }, { exchange: "a\nb" }, { exchange: "a\0b" }, { exchange: "x".repeat(256) }])(
    "is refused with an exchange that no broker has: %j",
    (more) => {
      expect(() => checkMessage(message({}, more))).toThrow(/was not sent: exchange/);
    },
  );

  it("may have the longest strings and the largest numbers", () => {
    const properties = {
      messageId: "ä".repeat(127),
      type: "",
      expiration: "4294967295",
      priority: 255,
      timestamp: 0,
      headers: { CC: ["a"], nothing: undefined },
    };
    expect(checkMessage(message(properties))).toBeGreaterThan(254);
    expect(checkMessage(message({ messageId: "m" }))).toBe(0);
  });

  it("fits into one frame with its properties, or is refused by name", () => {
    const large = message({ headers: { a: "x".repeat(9000) } });
    const bytes = checkMessage(large);
    expect(() => requireFrame(large, bytes, 8192)).toThrow(/headers and properties take up to 9\d{3} bytes.*8192/);
    expect(() => requireFrame(large, bytes, 131_072)).not.toThrow();
    expect(() => requireFrame(large, bytes, 0)).not.toThrow();
  });
});

describe("headers that a message can be sent without", () => {
  function spareMessage(more: Record<string, unknown> = {}) {
    const left: string[] = [];
    const leftOut = (name: string): void => void left.push(name);
    const headers = { small: "s", own: "o".repeat(3000), large: "l".repeat(6000), middle: "m".repeat(2000), ...more };
    const spare = [{ names: ["small", "large", "middle", "absent"], leftOut }];
    return { left, whole: message({ headers }, { spare }) };
  }

  it("are left out, the largest first, until the frame has room", () => {
    const { left, whole } = spareMessage();
    requireFrame(whole, checkMessage(whole), 8192);
    expect(left).toEqual(["large"]);
    expect(Object.keys(whole.properties.headers ?? {})).toEqual(["small", "own", "middle"]);
    expect(checkMessage(whole)).toBeLessThan(8192);
  });

  it("stay where the frame has room, and are left out once where the message is sent again", () => {
    const { left, whole } = spareMessage();
    const bytes = checkMessage(whole);
    requireFrame(whole, bytes, 16_384);
    expect(left).toEqual([]);
    requireFrame(whole, bytes, 8192);
    requireFrame(whole, bytes, 8192);
    expect(left).toEqual(["large"]);
  });

  it("save no message whose own headers are too large", () => {
    const { whole } = spareMessage({ own: "o".repeat(9000) });
    expect(() => requireFrame(whole, checkMessage(whole), 8192)).toThrow(/headers and properties take up to/);
  });

  it("are counted once where two name the same", () => {
    const { left, whole } = spareMessage();
    whole.spare = [...(whole.spare ?? []), { names: ["large"], leftOut: () => {} }];
    whole.properties.headers = { ...whole.properties.headers, more: "x".repeat(4000) };
    requireFrame(whole, checkMessage(whole), 8192);
    expect(left).toEqual(["large", "middle"]);
  });

  it("make room for what a request adds", () => {
    const { left, whole } = spareMessage();
    const bytes = checkMessage(whole);
    requireFrame(whole, bytes, bytes + 60, 60);
    expect(left).toEqual([]);
    requireFrame(whole, bytes, bytes + 60, 61);
    expect(left).toEqual(["large"]);
  });
});
