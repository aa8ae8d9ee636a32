/**
 * Errors as replies: separate JSON beside any envelope, `{ "name", "message", "code"?, "stack"? }`, distinguished from other replies
 * by a header.
 */
import { AmqpRequestError } from "../../../amqp-client/errors.ts";
import { classNameOf, isError, messageOf, textMemberOf } from "../../../errors.ts";
import { stackOf } from "../../../log/stack-of.ts";
import { headerNames } from "../names/headers.ts";

const longestName = 200;
const longestMessage = 8000;
const longestStack = 16_000;

/** The error of the handler that failed. */
export interface RemoteError {
  /** The name of the error's class. */
  readonly name: string;
  /** The message of the error, cut to 8000 characters. */
  readonly message: string;
  /** The code of the error; undefined if it has none. */
  readonly code: string | undefined;
  /** The stack, with the causes. Only sent if the subscription of the handler sets `replyStacks`. */
  readonly stack: string | undefined;
}

/** The reply to a request was an error. The code is ERR_AMQP_REQUEST_FAILED. */
export class AmqpRemoteError extends AmqpRequestError {
  /** The error of the handler. */
  readonly remote: RemoteError;

  constructor(routingKey: string, remote: RemoteError) {
    const { name, code, message } = remote;
    const what = code === undefined ? name : `${name} ${code}`;
    super("ERR_AMQP_REQUEST_FAILED", `The request "${routingKey}" was answered with an error: ${what}: ${message}`);
    this.remote = remote;
  }
}

/** The body of an error reply. */
export function writeErrorReply(error: unknown, withStack: boolean): Buffer {
  const body: RemoteError = {
    name: classNameOf(error).slice(0, longestName),
    message: messageOf(error).slice(0, longestMessage),
    code: textMemberOf(error, "code")?.slice(0, longestName),
    stack: withStack && isError(error) ? stackOf(error, longestStack) : undefined,
  };
  return Buffer.from(JSON.stringify(body));
}

/** The error in a reply, if the reply is one. Any client may have written it, so each member may be missing or wrong. */
export function readErrorReply(headers: Readonly<Record<string, unknown>>, content: Buffer): RemoteError | undefined {
  if (headers[headerNames.reply] !== "error") return undefined;
  const text = content.toString("utf8");
  let body: Partial<Record<keyof RemoteError, unknown>> = {};
  try {
    body = (JSON.parse(text) ?? {}) as typeof body;
  } catch {
    body = { message: text.slice(0, longestMessage) };
  }
  const { name, message, code, stack } = body;
  return {
    name: typeof name === "string" && name !== "" ? name : "Error",
    message: typeof message === "string" ? message : "the error has no message",
    code: typeof code === "string" ? code : undefined,
    stack: typeof stack === "string" ? stack : undefined,
  };
}
