/** A slice of `npm run fuzz`: bytes made wrong by seed, a well-behaved client beside them, memory flat. */
import { describe, expect, it } from "vitest";
import { fuzzCase } from "../../scripts/fuzz/fuzz-case.ts";
import { runFuzz } from "../../scripts/fuzz/run-fuzz.ts";

describe("the embedded broker under wrong bytes", () => {
  it("ends every broken connection, serves the valid one, and keeps nothing of the others", {
    timeout: 120_000,
  }, async () => {
    const report = await runFuzz({ seed: 2026, count: 700, batch: 350 });
    expect(report.failures).toEqual([]);
    expect(report.cases).toBe(700);
    expect(report.memory).toHaveLength(2);
    expect(report.rounds).toBeGreaterThan(10);
    // Wrong bytes of every kind, and right ones between them.
    for (const end of ["header: header", "handshake: 501", "session: 501", "session: close-ok"]) {
      expect(report.ends.get(end), end).toBeGreaterThan(0);
    }
  });

  it("generates the same bytes for the same seed, and others for another", () => {
    const bytesOf = (seed: number) => Array.from({ length: 50 }, (_, index) => fuzzCase(seed, index, "v").bytes);
    expect(bytesOf(3)).toEqual(bytesOf(3));
    expect(bytesOf(3)).not.toEqual(bytesOf(4));
    expect(new Set(bytesOf(3).map((bytes) => bytes.toString("hex"))).size).toBeGreaterThan(45);
  });
});
