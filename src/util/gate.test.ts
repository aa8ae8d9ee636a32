import { describe, expect, it } from "vitest";
import { createDeferred } from "./deferred.ts";
import { Gate } from "./gate.ts";

describe("a gate", () => {
  it("lets in a limited number at a time, in order, and continues after a failure", async () => {
    const gate = new Gate(2);
    const started: number[] = [];
    const ends = [0, 1, 2, 3].map(() => createDeferred());
    const passed = ends.map((end, index) =>
      gate.pass(async () => {
        started.push(index);
        await end.promise;
        return index;
      }),
    );
    expect(started).toEqual([0, 1]);
    ends[1]?.reject(new Error("no"));
    await expect(passed[1]).rejects.toThrow("no");
    expect(started).toEqual([0, 1, 2]);
    for (const end of [ends[0], ends[2], ends[3]]) end?.resolve();
    expect(await Promise.all([passed[0], passed[2], passed[3]])).toEqual([0, 2, 3]);
  });
});
