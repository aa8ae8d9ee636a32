import { describe, expect, it } from "vitest";
import { ConfirmRing } from "./confirm-ring.ts";

function upTo(ring: ConfirmRing<string>, sequence: number): string[] {
  const taken: string[] = [];
  ring.takeUpTo(sequence, (entry) => taken.push(entry));
  return taken;
}

describe("a ring of unconfirmed publishes", () => {
  it("numbers entries from 1 and returns each once", () => {
    const ring = new ConfirmRing<string>();
    expect(["a", "b", "c", "d"].map((entry) => ring.push(entry))).toEqual([1, 2, 3, 4]);
    expect([ring.take(2), ring.take(2), ring.take(9), ring.size]).toEqual(["b", undefined, undefined, 3]);
    expect(upTo(ring, 3)).toEqual(["a", "c"]);
    expect(upTo(ring, 3)).toEqual([]);
    expect([ring.size, ring.take(4), ring.size]).toEqual([1, "d", 0]);
  });

  it("grows when it is full, and keeps the order while its window moves", () => {
    const ring = new ConfirmRing<string>();
    for (let sequence = 1; sequence <= 50; sequence++) ring.push(String(sequence));
    expect(upTo(ring, 40)).toHaveLength(40);
    for (let sequence = 51; sequence <= 500; sequence++) expect(ring.push(String(sequence))).toBe(sequence);
    expect(ring.take(300)).toBe("300");
    expect(upTo(ring, 500)).toEqual(
      Array.from({ length: 460 }, (_, index) => String(index + 41)).filter((entry) => entry !== "300"),
    );
  });

  it("does not grow when entries are confirmed out of order forever", () => {
    const ring = new ConfirmRing<number>();
    for (let round = 0; round < 10_000; round += 2) {
      const first = ring.push(round);
      const second = ring.push(round + 1);
      expect([ring.take(second), ring.take(first), ring.size]).toEqual([round + 1, round, 0]);
    }
  });

  it("starts again with 1 after it was emptied", () => {
    const ring = new ConfirmRing<string>();
    for (const entry of ["a", "b", "c"]) ring.push(entry);
    expect(ring.find((entry) => entry > "a")).toBe("b");
    expect(ring.takeWhere((entry) => entry === "b")).toEqual(["b"]);
    expect(ring.takeAll()).toEqual(["a", "c"]);
    expect(ring.push("d")).toBe(1);
  });
});
