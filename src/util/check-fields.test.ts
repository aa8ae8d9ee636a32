/** Each wrong field results in one sentence, a valid one in none. */
import { describe, expect, it } from "vitest";
import {
  type FieldChecks,
  fieldProblems,
  flag,
  integer,
  nonEmptyText,
  oneOf,
  record,
  seconds,
  secretText,
  text,
  texts,
  unknownField,
} from "./check-fields.ts";

const checks: FieldChecks = {
  name: nonEmptyText,
  note: text,
  password: secretText,
  strict: flag,
  hosts: texts,
  port: integer(1, 65_535),
  count: integer(0),
  seconds: seconds,
  type: oneOf("topic", "direct"),
  retry: record({ attempts: integer(1, 5) }),
  extra: record(),
};

function problems(given: unknown): string[] {
  return fieldProblems(given, "options.amqp", checks);
}

describe("fieldProblems", () => {
  it("accepts valid fields and missing fields", () => {
    const given = {
      name: "n",
      note: "",
      password: "",
      strict: false,
      hosts: ["a"],
      port: 65_535,
      count: 0,
      seconds: 0.5,
      type: "topic",
      retry: { attempts: 5 },
      extra: { anything: 1 },
    };
    expect(problems(given)).toEqual([]);
    expect(problems({ name: undefined, retry: undefined, unheardOf: undefined })).toEqual([]);
    expect(problems({})).toEqual([]);
  });

  it.each([
    ["name", "", "a string that is not empty", "''"],
    ["name", 5, "a string that is not empty", "5"],
    ["note", null, "a string", "null"],
    ["strict", "true", "true or false", "'true'"],
    ["hosts", "a", "a list of strings", "'a'"],
    ["hosts", ["a", ""], "a list of strings", "[ 'a', '' ]"],
    ["port", 0, "a whole number, 1 to 65535", "0"],
    ["port", 65_536, "a whole number, 1 to 65535", "65536"],
    ["port", 1.5, "a whole number, 1 to 65535", "1.5"],
    ["port", "5672", "a whole number, 1 to 65535", "'5672'"],
    ["count", -1, "a whole number, 0 or more", "-1"],
    ["count", Number.NaN, "a whole number, 0 or more", "NaN"],
    ["seconds", 0, "a number of seconds greater than 0, at most 2000000", "0"],
    ["seconds", Number.POSITIVE_INFINITY, "a number of seconds greater than 0, at most 2000000", "Infinity"],
    ["type", "topc", 'one of "topic", "direct"', "'topc'"],
    ["retry", [], "an object", "[]"],
    ["retry", null, "an object", "null"],
  ])("says for %s: %j what was meant and what was given", (field, value, expected, shown) => {
    expect(problems({ [field]: value })).toEqual([
      `options.amqp.${field} must be ${expected}, but ${shown} was given.`,
    ]);
  });

  it("never shows the value of a secret", () => {
    const [problem] = problems({ password: 1234 });
    expect(problem).toBe("options.amqp.password must be a string, but something else was given.");
  });

  it("checks an object with its own fields, and names their path", () => {
    expect(problems({ retry: { attempts: 6, delay: 1 } })).toEqual([
      "options.amqp.retry.attempts must be a whole number, 1 to 5, but 6 was given.",
      'options.amqp.retry has no option "delay". Known options: attempts.',
    ]);
  });

  it("lists every problem, in the order in which the fields were given", () => {
    expect(problems({ strict: 1, nome: "x", port: 0 })).toEqual([
      "options.amqp.strict must be true or false, but 1 was given.",
      'options.amqp has no option "nome". Did you mean "name"?',
      "options.amqp.port must be a whole number, 1 to 65535, but 0 was given.",
    ]);
  });

  it.each(["toString", "constructor", "__proto__"])(
    "does not accept a field that every object inherits: %s",
    (name) => {
      const given = Object.defineProperty({}, name, { value: 1, enumerable: true });
      expect(problems(given)).toEqual([expect.stringContaining(`has no option "${name}"`)]);
    },
  );

  it.each([
    [null, "null"],
    [[], "[]"],
    ["text", "'text'"],
  ])("refuses %j instead of the whole object", (given, shown) => {
    expect(problems(given)).toEqual([`options.amqp must be an object, not ${shown}.`]);
  });

  it("shortens a long value, and does not show deep ones", () => {
    const [problem = ""] = problems({ port: "x".repeat(1000), strict: { a: { b: { c: 1 } } } });
    expect(problem.length).toBeLessThan(140);
    expect(problem).toContain("...");
    expect(problems({ strict: { a: { b: 1 } } })).toEqual([expect.stringContaining("[Object]")]);
  });
});

describe("unknownField", () => {
  it("lists the known fields, sorted, if no name is similar", () => {
    expect(unknownField("options", "zzzzzz", ["b", "a"])).toBe('options has no option "zzzzzz". Known options: a, b.');
  });
});
