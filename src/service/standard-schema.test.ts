/** What counts as a schema, whichever library made it. */
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isStandardSchema } from "./standard-schema.ts";

describe("isStandardSchema", () => {
  it("recognises schemas of zod, valibot and arktype, which are objects and functions", () => {
    const ark = type("string");
    expect(typeof ark).toBe("function");
    expect([z.string(), v.string(), ark].map(isStandardSchema)).toEqual([true, true, true]);
  });

  it("rejects everything else, including another version of the standard", () => {
    const validate = (): object => ({ value: 1 });
    const others = [
      undefined,
      null,
      "~standard",
      {},
      () => {},
      { parse: validate },
      { "~standard": null },
      { "~standard": { version: 1 } },
      { "~standard": { version: 2, validate } },
      { "~standard": { version: 1, validate: "no" } },
    ];
    expect(others.filter(isStandardSchema)).toEqual([]);
    expect(isStandardSchema({ "~standard": { version: 1, vendor: "own", validate } })).toBe(true);
  });
});
