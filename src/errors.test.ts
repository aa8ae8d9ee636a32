/** Reading a thrown value never throws, whatever the value is. */

import { describe, expect, it } from "vitest";
import fc from "../test/support/properties.ts";
import { classNameOf, clauseOf, hasCode, isError, messageOf, TomodachiError } from "./errors.ts";

const hostile = fc.constantFrom<() => unknown>(
  () => new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: fail }),
  () => {
    const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
    revoke();
    return proxy;
  },
  () => ({ toString: fail, constructor: null }),
  () => Object.freeze(new Error("frozen")),
  () => Object.defineProperty(new Error("x"), "message", { get: fail }),
  () => Object.defineProperty(new Error("x"), "code", { get: fail }),
  () => Object.assign(new Error("x"), { message: Object.create(null) }),
);

function fail(): never {
  throw new Error("trap");
}

describe("reading what was thrown", () => {
  it("returns a string for any value", () => {
    // As functions: fast-check looks into the values that it makes.
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true }).map((value) => () => value);
    fc.assert(
      fc.property(fc.oneof(anything, hostile), (make) => {
        const value = make();
        expect(typeof messageOf(value)).toBe("string");
        expect(typeof clauseOf(value)).toBe("string");
        expect(typeof classNameOf(value)).toBe("string");
        expect(hasCode(value, "ERR_X")).toBe(false);
        isError(value);
      }),
    );
  });

  it("returns the message of an error, else its name, without the full stop inside a sentence", () => {
    expect([messageOf(new Error("full.")), clauseOf(new Error("full.")), messageOf(new TypeError())]).toEqual([
      "full.",
      "full",
      "TypeError",
    ]);
  });

  it("recognises an error by its code, also one from another copy of the package", () => {
    expect(hasCode(new TomodachiError("ERR_X", "x"), "ERR_X")).toBe(true);
    expect(hasCode({ code: "ERR_X" }, "ERR_X")).toBe(true);
    expect(hasCode(null, "ERR_X")).toBe(false);
  });
});
