/** SchemaError: data that a schema refused. It has the issues, and this file writes them for people and for headers. */
import { isList, memberOf, messageOf, TomodachiError, textOf } from "../errors.ts";
import type { SchemaIssue } from "./standard-schema.ts";

/** The most issues in the message of an error. */
const shownIssues = 5;
/** The longest text of one issue in the message, in characters. */
const shownLength = 300;

/** Data does not fit its schema, and `issues` says where and why (ERR_SCHEMA_REFUSED), or the schema itself failed (ERR_SCHEMA_FAILED). */
export class SchemaError extends TomodachiError {
  /** Private, because a logger that writes the fields of an error would write all issues. */
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

  /** What the schema found; empty if the schema itself failed. */
  get issues(): readonly SchemaIssue[] {
    return this.#issues;
  }
}

/** The error for data that a schema refused. `what` is the beginning of its sentence (`The data of ...`), `note` its end. */
export function refusedBySchema(what: string, issues: readonly SchemaIssue[], note = ""): SchemaError {
  const shown = issues.slice(0, shownIssues).map((issue) => shortened(describeIssue(issue)));
  if (issues.length > shownIssues) shown.push(`and ${issues.length - shownIssues} more`);
  const all = shown.join("; ") || "the schema returned no issue";
  return new SchemaError("ERR_SCHEMA_REFUSED", `${what} does not fit its schema: ${all}.${note}`, issues);
}

/** The error for a schema that threw instead of returning issues. */
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

/** The issues of an error, if a schema refused the data, whichever copy of the package made the error. */
export function issuesOf(error: unknown): readonly SchemaIssue[] | undefined {
  if (memberOf(error, "code") !== "ERR_SCHEMA_REFUSED") return undefined;
  const issues = memberOf(error, "issues");
  return isList(issues) ? (issues as readonly SchemaIssue[]) : undefined;
}

/** Issues as JSON, `[{ "path": "items.0.price", "message": "..." }]`: as many whole ones as fit into this many bytes. */
export function issuesAsJson(issues: readonly SchemaIssue[], bytes: number): string {
  const parts: string[] = [];
  // Reserved for the brackets and for the number of omitted issues.
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

/** The path as `items.0.price`; empty for the value itself. A schema of the user may return anything here. */
function pathOf(issue: SchemaIssue): string {
  const path = memberOf(issue, "path");
  if (!isList(path)) return "";
  return path.map((part) => textOf(typeof part === "object" && part !== null ? memberOf(part, "key") : part)).join(".");
}

function shortened(text: unknown): string {
  const whole = textOf(text);
  return whole.length > shownLength ? `${whole.slice(0, shownLength - 3)}...` : whole;
}
