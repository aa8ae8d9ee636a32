/** What a client gets for an error that a handler or Fastify throws. */
import { hasCode, memberOf, messageOf } from "../../errors.ts";
import { issuesOf } from "../../service/schema-error.ts";
import type { SchemaIssue } from "../../service/standard-schema.ts";
import { type HttpError, titleOf } from "./http-error.ts";
import type { HttpHeaders } from "./route-types.ts";

/** The answer for an error, in the form of RFC 9457 (problem details). */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** What the client may read about it; undefined if nothing. */
  readonly detail: string | undefined;
  readonly headers: HttpHeaders;
  readonly members: Readonly<Record<string, unknown>>;
  /** Whether a person has to look at it. It is then logged as an error. */
  readonly isFault: boolean;
}

/** One issue of a schema, as a client reads it. */
export interface ProblemIssue {
  readonly path: string;
  readonly message: string;
}

const mostIssues = 50;

/** Text for clients about errors that Fastify reports with its own codes. */
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
 * Where an error comes from: a handler, whose errors may have any origin, or Fastify and its plugins, whose errors are about the request.
 */
export type Thrower = "handler" | "fastify";

/** The answer for a thrown value. An error that was not made for the client does not reach the client. */
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

/** An error with a status may be the answer of another server to the handler, which the client must not see. */
function isMeantForClient(error: unknown): boolean {
  return memberOf(error, "expose") === true || /^FST_/.test(String(memberOf(error, "code")));
}

function statusOf(error: unknown): number {
  const status = memberOf(error, "statusCode");
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
}

/** What the schema refused in a part of a request. @throws the error itself if no schema refused anything */
export function refusedIssues(part: string, error: unknown): readonly ProblemIssue[] {
  const issues = issuesOf(error);
  if (!issues) throw error;
  return issues.slice(0, mostIssues).map((issue) => problemIssue(part, issue));
}

function problemIssue(part: string, issue: SchemaIssue): ProblemIssue {
  const path = (issue.path ?? []).map((one) => String(typeof one === "object" ? one.key : one));
  return { path: [part, ...path].join("."), message: String(issue.message) };
}
