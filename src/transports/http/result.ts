/** Converts the result of a handler to an answer. */
import { validateHeaderName, validateHeaderValue } from "node:http";
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { isList } from "../../errors.ts";
import { ServiceError } from "../../service/errors.ts";
import { discardBody, isNodeStream, isResponse, sendableBody } from "./body.ts";
import type { HttpHeaders } from "./route-types.ts";

/** The parts of an answer. */
export interface Answer {
  readonly status: number | undefined;
  readonly body: unknown;
  readonly headers: HttpHeaders | undefined;
}

/**
 * Recognises answers: `[status, body, headers]` and `{ status, body, headers }`. Anything else is a body. A list is data unless its first
 * item is an HTTP status and its second is not a number. An object is data if it has any other member, or a `status` that is not an HTTP
 * status.
 */
export function answerOf(value: unknown): Answer {
  if (Array.isArray(value))
    return isAnswerList(value) ? { status: value[0], body: value[1], headers: value[2] } : bodyOnly(value);
  if (isAnswerObject(value)) return { status: value.status, body: value.body, headers: value.headers };
  return bodyOnly(value);
}

/** Ends the streams in a result that no client gets. */
export function discardResult(value: unknown): void {
  discardBody(answerOf(value).body);
}

function bodyOnly(body: unknown): Answer {
  return { status: undefined, body, headers: undefined };
}

function isStatus(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 200 && value <= 599;
}

function isAnswerList(value: readonly unknown[]): value is readonly [number, unknown, HttpHeaders?] {
  const [status, body, headers] = value;
  if (value.length < 2 || value.length > 3 || !isStatus(status) || typeof body === "number") return false;
  return value.length === 2 || headers === undefined || isPlain(headers);
}

function isAnswerObject(value: unknown): value is Answer & { readonly status: number } {
  if (!isPlain(value) || !isStatus(value["status"])) return false;
  return Object.keys(value).every((name) => name === "status" || name === "body" || name === "headers");
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || isList(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Sends the answer with Fastify's reply, which sends objects as JSON, and strings, bytes and streams unchanged. */
export function sendAnswer(
  reply: FastifyReply,
  answer: Answer,
  contentType: string,
  broken: (error: unknown) => void = () => {},
): void {
  const { status, body, headers } = isResponse(answer.body) ? partsOf(reply, answer.body, answer.headers) : answer;
  if (headers) reply.headers(checkedHeaders(headers));
  if (body === undefined || body === null) {
    reply.code(status ?? emptyStatus(reply)).send();
    return;
  }
  if (status !== undefined) reply.code(status);
  if (typeof body === "string" && !reply.hasHeader("content-type")) reply.header("content-type", contentType);
  const sendable = sendableBody(body);
  if (isNodeStream(sendable)) sendStream(reply, sendable, broken);
  else reply.send(sendable);
}

function sendStream(reply: FastifyReply, stream: Readable, broken: (error: unknown) => void): void {
  const isHead = reply.request.method === "HEAD";
  if (!isHead && !bodiless.has(reply.statusCode)) {
    // For a stream that fails after a part of it was sent.
    stream.once("error", broken);
    reply.send(stream);
    return;
  }
  // Fastify would read the stream to its end, which may never come.
  discardBody(stream);
  // Without a body, Fastify would answer HEAD with a length of 0, whatever GET would send.
  if (isHead) reply.send(Readable.from([]));
  else reply.send();
}

/** Statuses whose answers have no body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** A header that comes several times, such as Set-Cookie: Fastify adds each value to the earlier ones. */
function partsOf(reply: FastifyReply, response: Response, headers: HttpHeaders | undefined): Answer {
  if (response.bodyUsed) {
    throw new ServiceError(
      "ERR_HANDLER_RESULT",
      "The handler returned a Response whose body was already read. Read a clone of it: `await response.clone().json()`.",
    );
  }
  for (const [name, value] of response.headers) reply.header(name, value);
  return { status: response.status, body: response.body, headers };
}

/**
 * Node refuses a wrong header only when it is sent, and then not even the error could be sent. @throws TypeError ERR_INVALID_CHAR and
 * others
 */
function checkedHeaders(headers: HttpHeaders): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    for (const one of isList(value) ? value : [value]) if (one !== undefined) validateHeaderValue(name, String(one));
  }
  return headers as Record<string, string>;
}

/** A handler that set a status with `reply.code()` wants that status. */
function emptyStatus(reply: FastifyReply): number {
  return reply.statusCode === 200 ? 204 : reply.statusCode;
}
