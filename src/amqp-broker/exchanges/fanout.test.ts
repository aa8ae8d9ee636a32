/** Fanout exchanges: everyone. */
import { describe, expect, it } from "vitest";
import { binding, reachedBy } from "../../../test/support/bindings.ts";
import { FanoutBindings } from "./fanout.ts";

describe("FanoutBindings", () => {
  it("reaches every target, whatever the routing key", () => {
    const table = new FanoutBindings();
    table.add(binding("a", "red"));
    table.add(binding("b", ""));
    expect(reachedBy(table, "blue")).toEqual(["a", "b"]);
  });

  it("returns a target once for each of its bindings", () => {
    const table = new FanoutBindings();
    const [one, other] = [binding("a", "red"), binding("a", "blue")];
    table.add(one);
    table.add(other);
    expect(reachedBy(table, "")).toEqual(["a", "a"]);
    table.remove(one);
    expect(reachedBy(table, "")).toEqual(["a"]);
    table.remove(other);
    expect(reachedBy(table, "")).toEqual([]);
  });
});
