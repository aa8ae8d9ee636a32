import { expect, it } from "vitest";
import { type ResolvedValues, resolvedWithOrigins } from "./origin.ts";

/** As resolvers do: a variable wins over an option, an option over the default. */
function resolve(options: unknown, environment: Readonly<Record<string, string | undefined>>): ResolvedValues {
  const { size = 10, list = ["a"], strict } = (options ?? {}) as { size?: number; list?: string[]; strict?: boolean };
  if (strict && environment["TOMODACHI_SIZE"] === undefined) throw new Error("strict needs a size");
  return {
    size: Number(environment["TOMODACHI_SIZE"] ?? size),
    list: environment["TOMODACHI_LIST"]?.split(",") ?? list,
  };
}

function origins(options: unknown, environment: Readonly<Record<string, string | undefined>>): object {
  const values = resolvedWithOrigins({ options, environment, resolve });
  return Object.fromEntries(values.map(({ name, origin }) => [name, "name" in origin ? origin.name : origin.kind]));
}

it("names the variable that set a value, else the code, else the default", () => {
  expect(origins({}, {})).toEqual({ size: "default", list: "default" });
  expect(origins({ size: 5, list: ["a"] }, {})).toEqual({ size: "code", list: "code" });
  expect(origins({ size: 5 }, { TOMODACHI_SIZE: "7" })).toEqual({ size: "TOMODACHI_SIZE", list: "default" });
  expect(origins({}, { TOMODACHI_LIST: "b,c", OTHER: "x" })).toEqual({ size: "default", list: "TOMODACHI_LIST" });
});

it("goes on when what is left cannot be resolved", () => {
  expect(origins({ strict: true }, { TOMODACHI_SIZE: "7", TOMODACHI_LIST: "b" })).toMatchObject({
    list: "TOMODACHI_LIST",
  });
});

it("throws what a start would throw", () => {
  expect(() => origins({ strict: true }, {})).toThrow("strict needs a size");
});
