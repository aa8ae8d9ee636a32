/** The copy of a message has each of its headers byte for byte, or names it as omitted. */

import { describe, expect, it } from "vitest";
import fc from "../../../../test/support/properties.ts";
import { readHeaderEntries } from "../../../amqp-client/session/copy-properties.ts";
import { ByteWriter } from "../../../amqp-wire/byte-writer.ts";
import { type Arrival, type CopyKind, headerNames, isSuperseded, nameInCopy } from "../names/headers.ts";
import { exactProperties } from "./exact-properties.ts";

interface Header {
  readonly name: string;
  /** Letter and bytes. */
  readonly value: Buffer;
}

function octets(length: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
}

function withLength(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function typed(letter: string, value: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return value.map((bytes) => Buffer.concat([Buffer.from(letter), bytes]));
}

function encoded({ name, value }: Header): Buffer {
  const bytes = Buffer.from(name);
  return Buffer.concat([Buffer.from([bytes.length]), bytes, value]);
}

const fixed = { t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, l: 8, L: 8, f: 4, d: 8, D: 5, T: 8, V: 0 };
const text = fc
  .oneof(
    fc.uint8Array(),
    fc.nat({ max: 6000 }).map((length) => Buffer.alloc(length, 0xff)),
  )
  .map(withLength);
/** Every type that a header may have, with any bytes: numbers that JavaScript cannot represent, bytes that are not text. */
const value = fc.letrec<{ value: Buffer; list: Buffer; table: Buffer }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    ...Object.entries(fixed).map(([letter, length]) => typed(letter, octets(length))),
    { weight: 4, arbitrary: typed("S", text) },
    typed("x", text),
    typed("A", tie("list")),
    typed("F", tie("table")),
  ),
  list: fc.array(tie("value"), { maxLength: 3 }).map((values) => withLength(Buffer.concat(values))),
  table: fc
    .array(fc.record({ name: fc.string({ maxLength: 5 }), value: tie("value") }), { maxLength: 3 })
    .map((headers) => withLength(Buffer.concat(headers.map(encoded)))),
})).value;
const name = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12, unit: "grapheme-ascii" }).filter((one) => !one.includes(", ")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "CC",
      "BCC",
      "x-death",
      "x-delivery-count",
      "x-first-death-queue",
      "x-tomodachi-queue",
      "!",
    ),
  },
);
const headers = fc.uniqueArray(fc.record({ name, value }), { maxLength: 12, selector: (header) => header.name });
const kind = fc.constantFrom<CopyKind>("retry", "dead-letter", "replay", "move");
const arrival: fc.Arbitrary<Arrival> = fc.record({ ours: fc.boolean(), returned: fc.boolean() });
const room = fc.oneof(fc.constant(60_000), fc.integer({ min: 3000, max: 60_000 }));
const added = { [headerNames.reason]: "handler-error", "x-tomodachi-original-user-id": "ada" };

/** The first of these headers does not fit into the room. */
const crowded: [Header[], CopyKind, Arrival, number] = [
  [
    { name: "large", value: Buffer.concat([Buffer.from("S"), withLength(Buffer.alloc(4000))]) },
    { name: "small", value: Buffer.from("t\u0001") },
  ],
  "retry",
  { ours: false, returned: false },
  3000,
];

/** Properties with only headers. */
function propertiesOf(all: readonly Header[]): Buffer {
  const writer = new ByteWriter();
  writer.uint16(0x2000);
  writer.longString(Buffer.concat(all.map(encoded)));
  return writer.cut();
}

describe("the headers of a copy", () => {
  it("are those of the message, byte for byte, or are named as omitted", () => {
    let leftOut = 0;
    let kept = 0;
    const check = fc.property(headers, kind, arrival, room, (all, of, by, size) => {
      const copy = exactProperties(propertiesOf(all), { kind: of, arrival: by, added, unset: {}, room: size });
      const { entries, complete } = readHeaderEntries(copy);
      expect(complete).toBe(true);
      expect(new Set(entries.map((entry) => entry.name)).size).toBe(entries.length);
      const found = new Map(entries.map((entry) => [entry.name, entry.value]));
      const named = found.get(headerNames.droppedHeaders)?.toString("utf8", 5) ?? "";
      for (const header of all) {
        const copied = nameInCopy(header.name, of, by);
        // Written by the copy itself, or an older word of the broker than one that is there.
        if (copied !== undefined && (Object.hasOwn(added, copied) || copied === headerNames.droppedHeaders)) continue;
        const there = copied === undefined ? undefined : found.get(copied);
        if (there) {
          kept++;
          expect(there.equals(header.value), header.name).toBe(true);
        } else if (!isSuperseded(header.name, of, by)) {
          leftOut++;
          expect(`, ${named}, `).toContain(`, ${copied ?? header.name}, `);
        }
      }
    });
    fc.assert(check, { numRuns: 150, examples: [crowded] });
    expect(Math.min(leftOut, kept), "of both some").toBeGreaterThan(0);
  });
});
