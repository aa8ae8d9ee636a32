/** Items leave in order of arrival, and none is kept in memory after it left. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

describe("Fifo", () => {
  it("returns the oldest entry first, for any order of additions and removals", () => {
    const fifo = new Fifo<number>();
    const given: number[] = [];
    let came = 0;
    for (let round = 0; round < 20_000; round++) {
      fifo.push(came++);
      // Grows by thousands, then shrinks to nothing, twice.
      const leaving = round % 10_000 < 5000 ? round % 2 : 2;
      for (let at = 0; at < leaving && fifo.size > 0; at++) given.push(fifo.shift() as number);
      if (fifo.size !== came - given.length) throw new Error(`its size is ${fifo.size} in round ${round}`);
      if (fifo.first !== (fifo.size > 0 ? given.length : undefined)) throw new Error(`wrong first in round ${round}`);
    }
    expect(given).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
  });

  it("returns nothing when it is empty", () => {
    const fifo = new Fifo<string>();
    expect([fifo.first, fifo.shift(), fifo.size]).toEqual([undefined, undefined, 0]);
    fifo.push("a");
    fifo.shift();
    expect([fifo.first, fifo.shift(), fifo.size]).toEqual([undefined, undefined, 0]);
  });

  it("returns all remaining entries in order", () => {
    const fifo = new Fifo<string>();
    for (const item of ["a", "b", "c"]) fifo.push(item);
    fifo.shift();
    expect([fifo.takeAll(), fifo.takeAll(), fifo.size]).toEqual([["b", "c"], [], 0]);
    fifo.push("d");
    expect(fifo.shift()).toBe("d");
  });

  it("releases the memory of returned entries, even if it is never quite empty", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const fifo = new Fifo<object>();
    fifo.push({});
    const given: WeakRef<object>[] = [];
    for (let at = 0; at < 500; at++) {
      fifo.push({});
      given.push(new WeakRef(fifo.shift() as object));
    }
    // A reference that was just made keeps its target until the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(given.filter((one) => one.deref() !== undefined)).toHaveLength(0);
    expect(fifo.size).toBe(1);
  });
});
