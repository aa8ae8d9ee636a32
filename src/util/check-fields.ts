/** Checks an object of options field by field and says, for each wrong one, what it is, what was given and what was meant. */
import { inspect } from "node:util";
import { closest } from "./closest.ts";

/** Says whether a value fits; the text completes the sentence "... must be ...". */
export interface FieldCheck {
  readonly expected: string;
  fits(value: unknown): boolean;
  /** Checks for the fields inside, when the value is an object of its own. */
  readonly fields?: FieldChecks;
  /** What is wrong with a value that does not fit, and how to fix it; without this function the value is shown. */
  problem?(value: unknown): string | undefined;
  /** Never show the value: it is a secret. */
  readonly secret?: boolean;
  /** Only for a name that is not an option: the option that a user of this name means. */
  readonly meant?: string;
}

export type FieldChecks = Readonly<Record<string, FieldCheck>>;

/**
 * Every problem of `given`, as whole sentences; an empty list if it is valid. `path` is what the user would type to
 * reach the object (`options.amqp`). A field whose value is undefined counts as not given.
 */
export function fieldProblems(given: unknown, path: string, checks: FieldChecks): string[] {
  if (!isRecord(given)) return [`${path} must be an object, not ${shown(given)}.`];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check || check.meant) problems.push(unknownField(path, name, optionNames(checks), check?.meant));
    else if (!check.fits(value)) {
      const but = check.secret ? "something else was given" : (check.problem?.(value) ?? `${shown(value)} was given`);
      problems.push(`${path}.${name} must be ${check.expected}, but ${but}.`);
    } else if (check.fields && isRecord(value)) problems.push(...fieldProblems(value, `${path}.${name}`, check.fields));
  }
  return problems;
}

/** The valid fields. */
export function rightFields(given: unknown, checks: FieldChecks): Record<string, unknown> {
  const fields = Object.entries(isRecord(given) ? given : {});
  return Object.fromEntries(
    fields.filter(([name, value]) => fieldProblems({ [name]: value }, "", checks).length === 0),
  );
}

/** The names of the options, without those that only say what is meant. */
export function optionNames(checks: FieldChecks): string[] {
  return Object.keys(checks).filter((name) => checks[name]?.meant === undefined);
}

/** A name that other programs, or earlier versions, have for an option. It is refused, and the error names the option. */
export function otherNameOf(option: string): FieldCheck {
  return { expected: `called "${option}"`, fits: () => false, meant: option };
}

/** The sentence for an unknown name. */
export function unknownField(
  path: string,
  name: string,
  known: readonly string[],
  meant: string | undefined = closest(name, known),
): string {
  const cure = meant ? `Did you mean "${meant}"?` : `Known options: ${[...known].sort().join(", ")}.`;
  return `${path} has no option "${name}". ${cure}`;
}

export const text: FieldCheck = { expected: "a string", fits: (value) => typeof value === "string" };
export const nonEmptyText: FieldCheck = {
  expected: "a string that is not empty",
  fits: (value) => typeof value === "string" && value !== "",
};
/** For names and keys: a broker takes a line break in them, and a log line or a terminal is changed by it. */
export const plainText: FieldCheck = {
  expected: "a string without control characters and line breaks",
  fits: (value) => typeof value === "string" && !/\p{Cc}/u.test(value),
};
export const secretText: FieldCheck = { ...text, secret: true };
export const flag: FieldCheck = { expected: "true or false", fits: (value) => typeof value === "boolean" };
export const texts: FieldCheck = {
  expected: "a list of strings",
  fits: (value) => Array.isArray(value) && value.every((item) => typeof item === "string" && item !== ""),
};

/** A whole number within bounds, both included. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): FieldCheck {
  const upTo = max === Number.MAX_SAFE_INTEGER ? "or more" : `to ${max}`;
  return {
    expected: `a whole number, ${min} ${upTo}`,
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** A number of seconds greater than zero, and no more than a timer of Node can wait (2^31 - 1 ms). */
export const seconds: FieldCheck = {
  expected: "a number of seconds greater than 0, at most 2000000",
  fits: (value) => typeof value === "number" && value > 0 && value <= 2_000_000,
};

/** One of a closed set of strings. */
export function oneOf(...choices: readonly string[]): FieldCheck {
  return {
    expected: `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`,
    fits: (value) => typeof value === "string" && choices.includes(value),
  };
}

/** An object with checked fields of its own. */
export function record(fields?: FieldChecks): FieldCheck {
  return { expected: "an object", fits: isRecord, ...(fields && { fields }) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  // A URL in the wrong option still has its password.
  const whole = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).replace(
    /:\/\/[^\s'"]*@/g,
    "://***@",
  );
  return whole.length > 60 ? `${whole.slice(0, 57)}...` : whole;
}
