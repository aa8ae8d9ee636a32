/** Two ids are packed to the same words only when they are the same string. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import fc from "../../../../test/support/properties.ts";
import { packedWords, packId } from "./packed-id.ts";

function packed(id: string): string {
  const words = new Uint32Array(packedWords);
  packId(id, words);
  return [...words].map((word) => word.toString(16).padStart(8, "0")).join("");
}

describe("packId", () => {
  it("stores every digit of a UUID", () => {
    for (let times = 0; times < 200; times++) {
      const id = randomUUID();
      expect(packed(id)).toBe(id.replaceAll("-", ""));
    }
  });

  it("distinguishes ids of two UUIDs, in either order, of one sender and of many", () => {
    const senders = Array.from({ length: 20 }, () => randomUUID());
    const messages = Array.from({ length: 50 }, () => randomUUID());
    const ids = senders.flatMap((sender) => messages.flatMap((one) => [`${sender}.${one}`, `${one}.${sender}`]));
    const others = [...senders, ...messages, `${senders[0]}-${messages[0]}`, `${senders[0]}.${"x".repeat(36)}`];
    expect(new Set([...ids, ...others].map(packed)).size).toBe(ids.length + others.length);
    expect(packed(`${senders[0]}.${messages[0]}`)).toBe(packed(`${senders[0]}.${messages[0]}`));
  });

  it("distinguishes a UUID from the same digits in another form", () => {
    const id = "0a1b2c3d-4e5f-4678-9abc-def012345678";
    const forms = [
      id,
      id.toUpperCase(),
      id.replace("0a", "0A"),
      id.replaceAll("-", ""),
      `{${id}}`,
      `${id} `,
      id.replace("-", "0"),
    ];
    expect(new Set(forms.map(packed)).size).toBe(forms.length);
  });

  it("packs strings that have the length of a UUID but are not UUIDs", () => {
    const forms = ["é".repeat(36), "€".repeat(36), "g".repeat(36), "\u{1f600}".repeat(18), "-".repeat(36)];
    expect(new Set(forms.map(packed)).size).toBe(forms.length);
  });

  it("is the same for equal strings, and different for others", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, other) => {
        expect(packed(one) === packed(other)).toBe(one === other);
      }),
    );
  });
});
