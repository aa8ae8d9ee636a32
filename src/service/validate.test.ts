/** Data through schemas that answer at once, later, wrongly, or not at all. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { SchemaError } from "./schema-error.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { validate } from "./validate.ts";

function schemaOf(answer: (value: unknown) => unknown): StandardSchema {
  return { "~standard": { version: 1, vendor: "own", validate: answer as never } };
}

function failureOf(schema: StandardSchema, note?: string): SchemaError {
  try {
    validate(schema, "data", "The data", note);
  } catch (error) {
    return error as SchemaError;
  }
  throw new Error("It was taken, though it must not be.");
}

describe("validate", () => {
  it("returns the output synchronously if the schema does", () => {
    expect(
      validate(
        schemaOf((value) => ({ value: [value] })),
        1,
        "The data",
      ),
    ).toEqual([1]);
    expect(
      validate(
        schemaOf(() => ({ value: undefined, issues: undefined })),
        1,
        "The data",
      ),
    ).toBeUndefined();
  });

  it("returns a promise of the output if the schema is async", async () => {
    const given = validate(
      z.string().transform(async (text) => text.length),
      "four",
      "The data",
    );
    expect(given).toBeInstanceOf(Promise);
    expect(await given).toBe(4);
  });

  it("refuses with the problem, its path and the note", () => {
    const issues = [
      { message: "no price", path: ["items", 0, { key: "price" }] },
      { message: "nothing at all" },
      { message: "empty path", path: [] },
    ];
    const error = failureOf(
      schemaOf(() => ({ issues })),
      " By the way.",
    );
    expect(error).toMatchObject({ code: "ERR_SCHEMA_REFUSED", issues, name: "SchemaError" });
    expect(error.message).toBe(
      "The data does not fit its schema: items.0.price: no price; nothing at all; empty path. By the way.",
    );
  });

  it("refuses when the list of issues exists but is empty", () => {
    expect(failureOf(schemaOf(() => ({ issues: [] }))).message).toContain("the schema returned no issue");
  });

  it("shows some of many issues, each shortened, and counts the rest", () => {
    const issues = Array.from({ length: 9 }, () => ({ message: "x".repeat(10_000) }));
    const { message } = failureOf(schemaOf(() => ({ issues })));
    expect(message.length).toBeLessThan(2000);
    expect(message).toMatch(/; and 4 more\.$/);
  });

  it("reports a schema that throws or returns an invalid result differently from one that refuses", () => {
    const cause = new Error("no database");
    const throwing = failureOf(
      schemaOf(() => {
        throw cause;
      }),
    );
    expect(throwing).toMatchObject({ code: "ERR_SCHEMA_FAILED", cause, issues: [] });
    expect(throwing.message).toContain("no database");
    for (const nonsense of [undefined, null, true]) {
      expect(failureOf(schemaOf(() => nonsense))).toMatchObject({ code: "ERR_SCHEMA_FAILED" });
    }
  });

  it("rejects when an async schema refuses, throws or returns an invalid result", async () => {
    const refusing = validate(
      schemaOf(async () => ({ issues: [{ message: "no" }] })),
      1,
      "The data",
    );
    await expect(refusing).rejects.toMatchObject({ code: "ERR_SCHEMA_REFUSED" });
    const cause = new Error("late");
    const throwing = validate(
      schemaOf(async () => Promise.reject(cause)),
      1,
      "The data",
    );
    await expect(throwing).rejects.toMatchObject({ code: "ERR_SCHEMA_FAILED", cause });
    const nonsense = validate(
      schemaOf(async () => undefined),
      1,
      "The data",
    );
    await expect(nonsense).rejects.toMatchObject({ code: "ERR_SCHEMA_FAILED" });
  });
});
