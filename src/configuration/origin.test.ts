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

it("an option comes from the variable that set it, else from the code, else from the default", () => {
  expect(origins({}, {})).toEqual({ size: "default", list: "default" });
  expect(origins({ size: 5, list: ["a"] }, {})).toEqual({ size: "code", list: "code" });
  expect(origins({ size: 5 }, { TOMODACHI_SIZE: "7" })).toEqual({ size: "TOMODACHI_SIZE", list: "default" });
  expect(origins({}, { TOMODACHI_LIST: "b,c", OTHER: "x" })).toEqual({ size: "default", list: "TOMODACHI_LIST" });
});

it("configuration is shown even if another part cannot be resolved", () => {
  expect(origins({ strict: true }, { TOMODACHI_SIZE: "7", TOMODACHI_LIST: "b" })).toMatchObject({
    list: "TOMODACHI_LIST",
  });
});

it("configuration throws the same error as a start", () => {
  expect(() => origins({ strict: true }, {})).toThrow("strict needs a size");
});
