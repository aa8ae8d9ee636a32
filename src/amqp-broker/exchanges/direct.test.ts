/** Direct exchanges: the key, byte for byte. */
import { describe, expect, it } from "vitest";
import { binding, reachedBy } from "../../../test/support/bindings.ts";
import { DirectBindings } from "./direct.ts";

describe("DirectBindings", () => {
  it("reaches only targets that are bound with the key", () => {
    const table = new DirectBindings();
    for (const [target, key] of [
      ["a", "red"],
      ["b", "red"],
      ["c", "Red"],
      ["d", "red.blue"],
      ["e", ""],
    ] as const) {
      table.add(binding(target, key));
    }
    expect(reachedBy(table, "red")).toEqual(["a", "b"]);
    expect(reachedBy(table, "")).toEqual(["e"]);
    expect(reachedBy(table, "#")).toEqual([]);
    expect(reachedBy(table, "re")).toEqual([]);
  });

  it("accepts keys that are names of Object's own properties", () => {
    const table = new DirectBindings();
    expect(reachedBy(table, "constructor")).toEqual([]);
    table.add(binding("a", "__proto__"));
    expect(reachedBy(table, "__proto__")).toEqual(["a"]);
  });

  it("removes one binding of a key and keeps the others", () => {
    const table = new DirectBindings();
    const [one, other] = [binding("a", "red"), binding("b", "red")];
    table.add(one);
    table.add(other);
    table.remove(one);
    expect(reachedBy(table, "red")).toEqual(["b"]);
    table.remove(other);
    expect(reachedBy(table, "red")).toEqual([]);
    // A second removal changes nothing.
    table.remove(other);
    table.add(one);
    expect(reachedBy(table, "red")).toEqual(["a"]);
  });
});
