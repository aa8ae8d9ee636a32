/** SchemaError: data that a schema refused, with the issues, and how issues are written for people and for headers. */
import { isList, memberOf, messageOf, TomodachiError, textOf } from "../errors.ts";
import type { SchemaIssue } from "./standard-schema.ts";

/** How many issues an error's message lists. */
const shownIssues = 5;
/** How long one issue may be in it, in characters. */
const shownLength = 300;

/** Data does not fit its schema; `issues` says where and why. Codes: ERR_SCHEMA_REFUSED, ERR_SCHEMA_FAILED. */
export class SchemaError extends TomodachiError {
  /** Not a field: a log that writes out an error's fields would write all of them. */
  readonly #issues: readonly SchemaIssue[];

  constructor(
    code: string,
    message: string,
    issues: readonly SchemaIssue[],
    options: { readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.#issues = issues;
  }

  /** What the schema said; empty when the schema itself failed. */
  get issues(): readonly SchemaIssue[] {
    return this.#issues;
  }
}

/** The error for data that a schema refused. `what` begins its sentence: `The data of ...`; `note` ends it. */
export function refusedBySchema(what: string, issues: readonly SchemaIssue[], note = ""): SchemaError {
  const shown = issues.slice(0, shownIssues).map((issue) => shortened(describeIssue(issue)));
  if (issues.length > shownIssues) shown.push(`and ${issues.length - shownIssues} more`);
  const all = shown.join("; ") || "the schema returned no issue";
  return new SchemaError("ERR_SCHEMA_REFUSED", `${what} does not fit its schema: ${all}.${note}`, issues);
}

/** The error for a schema that threw instead of giving issues. */
export function failedSchema(what: string, cause: unknown): SchemaError {
  const why = messageOf(cause);
  return new SchemaError(
    "ERR_SCHEMA_FAILED",
    `${what} could not be checked: its schema threw (${why}). A schema must return issues. Fix the schema, or your own check inside it.`,
    [],
    { cause },
  );
}

/** The error for a schema that did not answer in time. `cure` says how to allow it more time. */
export function unansweredSchema(what: string, seconds: number, cure: string): SchemaError {
  return new SchemaError(
    "ERR_SCHEMA_FAILED",
    `${what} could not be checked: its schema did not finish within ${seconds} s. Do not wait for other systems in it, or ${cure}.`,
    [],
  );
}

/** The issues of an error, if it is one that a schema refused, whichever copy of the package made it. */
export function issuesOf(error: unknown): readonly SchemaIssue[] | undefined {
  if (memberOf(error, "code") !== "ERR_SCHEMA_REFUSED") return undefined;
  const issues = memberOf(error, "issues");
  return isList(issues) ? (issues as readonly SchemaIssue[]) : undefined;
}

/** Issues as JSON, `[{ "path": "items.0.price", "message": "..." }]`: as many whole ones as fit into this many bytes. */
export function issuesAsJson(issues: readonly SchemaIssue[], bytes: number): string {
  const parts: string[] = [];
  // Kept free for the brackets and for the count of what is left out.
  let room = bytes - 40;
  for (const [index, issue] of issues.entries()) {
    const part = JSON.stringify({ path: shortened(pathOf(issue)), message: shortened(memberOf(issue, "message")) });
    room -= Buffer.byteLength(part) + 1;
    if (room < 0) {
      parts.push(JSON.stringify({ more: issues.length - index }));
      break;
    }
    parts.push(part);
  }
  return `[${parts.join(",")}]`;
}

function describeIssue(issue: SchemaIssue): string {
  const path = pathOf(issue);
  const message = textOf(memberOf(issue, "message"));
  return path === "" ? message : `${path}: ${message}`;
}

/** `items.0.price`; empty for the value itself. A user's own schema may return anything here. */
function pathOf(issue: SchemaIssue): string {
  const path = memberOf(issue, "path");
  if (!isList(path)) return "";
  return path.map((part) => textOf(typeof part === "object" && part !== null ? memberOf(part, "key") : part)).join(".");
}

function shortened(text: unknown): string {
  const whole = textOf(text);
  return whole.length > shownLength ? `${whole.slice(0, shownLength - 3)}...` : whole;
}
