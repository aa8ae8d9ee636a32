/** Routing keys against what Python puts on the wire. */
import { describe, expect, it } from "vitest";
import { fromUtf16, pythonVectors } from "../../../../test/vectors/python-vectors.ts";
import { decodeRoutingKey, encodeRoutingKey } from "./routing-key.ts";

/** Python's helper, which it never uses on what arrives, strips the prefix again from what it left; here it is taken off once. */
const STRIPPED_HERE: Readonly<Record<string, string>> = { "pre.pre.a": "pre.a", "aa.b": "a.b" };

const { encode, decode_only, prefix, publish_prefix_override } = pythonVectors.routing_keys;

describe("encodeRoutingKey", () => {
  it.each(encode)("returns the same bytes as Python, or refuses what Python refuses: $key", (row) => {
    const key = row.key ?? fromUtf16(row.key_utf16be_hex ?? "");
    if (row.encoded === undefined) {
      expect(() => encodeRoutingKey(key)).toThrow(expect.objectContaining({ code: "ERR_AMQP_ROUTING_KEY_INVALID" }));
      return;
    }
    expect(encodeRoutingKey(key)).toBe(row.encoded);
    expect(Buffer.byteLength(row.encoded)).toBe(row.encoded_utf8_bytes);
    expect(decodeRoutingKey(row.encoded)).toBe(row.decoded_again);
  });

  it.each(publish_prefix_override)("adds the prefix of a publish before the key: $publish_call_prefix", (row) => {
    expect(encodeRoutingKey(row.key, row.publish_call_prefix)).toBe(row.on_the_wire);
  });

  it("refuses more than 255 bytes, with the key and its size", () => {
    expect(encodeRoutingKey("k".repeat(255))).toHaveLength(255);
    expect(() => encodeRoutingKey("k".repeat(250), "prefix.")).toThrow(/"prefix\.k+" has 257 bytes/);
    expect(() => encodeRoutingKey("友".repeat(26))).toThrow(
      expect.objectContaining({ code: "ERR_AMQP_ROUTING_KEY_TOO_LONG", message: expect.stringContaining("260 bytes") }),
    );
  });
});

describe("decodeRoutingKey", () => {
  // A delivered key can be anything: if Python fails, the string is not changed.
  it.each(decode_only)("decodes $encoded", ({ encoded, decoded = encoded }) => {
    expect(decodeRoutingKey(encoded)).toBe(decoded);
  });

  it.each(prefix)("removes $option_prefix from $key", ({ option_prefix, key, on_the_wire, stripped }) => {
    expect(encodeRoutingKey(key, option_prefix)).toBe(on_the_wire);
    expect(decodeRoutingKey(on_the_wire, option_prefix)).toBe(STRIPPED_HERE[on_the_wire] ?? stripped);
    expect(decodeRoutingKey(on_the_wire, option_prefix)).toBe(key);
  });

  it("does not change a key without the prefix", () => {
    expect(decodeRoutingKey("other.key", "eu.")).toBe("other.key");
  });
});
