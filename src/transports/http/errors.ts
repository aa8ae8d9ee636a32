/** Errors that are answers: HttpError, and what a client gets for any other error. */
import { STATUS_CODES } from "node:http";
import { hasCode, memberOf, messageOf, TomodachiError } from "../../errors.ts";
import { issuesOf } from "../../service/schema-error.ts";
import type { SchemaIssue } from "../../service/standard-schema.ts";
import type { HttpHeaders } from "./route-types.ts";

export interface HttpErrorOptions {
  readonly cause?: unknown;
  readonly headers?: HttpHeaders | undefined;
  /** More members of the answer, beside those of RFC 9457. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Thrown by a handler or a middleware, it is the answer: its status, and its message for the client to read. Without a message it is
 * the status in words.
 *
 * @example
 * ```ts
 * throw new HttpError(404, `There is no order ${id}.`);
 * ```
 */
export class HttpError extends TomodachiError {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly members: Readonly<Record<string, unknown>>;

  /** @throws RangeError for a status that is not an error: 400 to 599 are */
  constructor(status: number, message: string = titleOf(status), options: HttpErrorOptions = {}) {
    super("ERR_HTTP_STATUS", message, options);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(
        `HttpError needs a status from 400 to 599, but ${String(status)} was given. Return any other status from the handler.`,
      );
    }
    this.status = status;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/** "Not Found". */
export function titleOf(status: number): string {
  return STATUS_CODES[status] ?? (status < 500 ? "Client Error" : "Server Error");
}

/** An answer for an error, by the rules of RFC 9457 (problem details). */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** What the client may read; undefined if nothing. */
  readonly detail: string | undefined;
  readonly headers: HttpHeaders;
  readonly members: Readonly<Record<string, unknown>>;
  /** A person has to look at it: it is logged as an error. */
  readonly isFault: boolean;
}

/** One issue of a schema, as a client reads it. */
export interface ProblemIssue {
  readonly path: string;
  readonly message: string;
}

const mostIssues = 50;

/** Errors that Fastify reports with its own codes, for a client in our words. */
const fastifyDetails: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "The body is not JSON.",
  FST_ERR_CTP_EMPTY_JSON_BODY: "The body is empty, and the content type says JSON.",
  FST_ERR_CTP_BODY_TOO_LARGE: "The body is too large.",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "The content type of the body is not supported.",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "The length of the body differs from the header Content-Length.",
  FST_ERR_BAD_URL: "The path is not correctly percent-encoded.",
  FST_ERR_MAX_PARAM_LENGTH: "A parameter of the path is too long.",
};

/**
 * The source of an error: a handler, whose errors may come from anywhere, or Fastify and its plugins, whose errors are about
 * the request.
 */
export type Thrower = "handler" | "fastify";

/** The answer for what was thrown. An error that was not made for the client does not reach it. */
export function problemOf(error: unknown, by: Thrower): Problem {
  const plain = { headers: {}, members: {} };
  if (hasCode(error, "ERR_HTTP_STATUS")) {
    const { status, message, headers, members } = error as HttpError;
    const title = titleOf(status);
    return { status, title, detail: message === title ? undefined : message, headers, members, isFault: false };
  }
  if (hasCode(error, "ERR_HANDLER_TIMEOUT")) {
    return { ...plain, status: 503, title: titleOf(503), detail: "The response took too long.", isFault: true };
  }
  if (hasCode(error, "ERR_SERVICE_STOPPING")) {
    return { ...plain, status: 503, title: titleOf(503), detail: "The service is stopping.", isFault: false };
  }
  const status = by === "fastify" || isMeantForClient(error) ? statusOf(error) : 500;
  const detail = status < 500 ? (fastifyDetails[String(memberOf(error, "code"))] ?? messageOf(error)) : undefined;
  return { ...plain, status, title: titleOf(status), detail, isFault: status >= 500 };
}

/** An error with a status may be the answer that another server gave to the handler, and no business of this client. */
function isMeantForClient(error: unknown): boolean {
  return memberOf(error, "expose") === true || /^FST_/.test(String(memberOf(error, "code")));
}

function statusOf(error: unknown): number {
  const status = memberOf(error, "statusCode");
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
}

/** What the schema of a part of a request refused. @throws what was thrown where no schema refused anything */
export function refusedIssues(part: string, error: unknown): readonly ProblemIssue[] {
  const issues = issuesOf(error);
  if (!issues) throw error;
  return issues.slice(0, mostIssues).map((issue) => problemIssue(part, issue));
}

function problemIssue(part: string, issue: SchemaIssue): ProblemIssue {
  const path = (issue.path ?? []).map((one) => String(typeof one === "object" ? one.key : one));
  return { path: [part, ...path].join("."), message: String(issue.message) };
}
