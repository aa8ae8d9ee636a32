/** Close codes (RFC 6455, 7.4.1), and the errors of a connection that is closed. */
import { hasCode, memberOf, messageOf } from "../../../errors.ts";
import { ServiceError } from "../../../service/errors.ts";
import { cutText } from "../../../util/cut-text.ts";
import type { WebSocketEnd } from "./types.ts";

/** How many bytes of reason fit into a close frame beside the code (RFC 6455, 5.5.1). */
const longestReason = 123;

export const goingAway: WebSocketEnd = { code: 1001, reason: "The service is stopping." };
export const tryAgainLater: WebSocketEnd = { code: 1013, reason: "This handler is paused." };

/** Cuts a reason so that it fits into a close frame. */
export function reasonOf(text: string): string {
  return cutText(text, longestReason);
}

/** How a connection ends after an error of a handler. As for a request, the client sees the reason only of an HttpError below 500. */
export function closeFor(error: unknown): WebSocketEnd {
  if (error instanceof RefusedMessage) return { code: error.closeCode, reason: reasonOf(error.message) };
  const status = hasCode(error, "ERR_HTTP_STATUS") ? Number(memberOf(error, "status")) : 500;
  return status < 500 ? { code: 1008, reason: reasonOf(messageOf(error)) } : { code: 1011, reason: "" };
}

/** A message that the client should not have sent. It is not a fault of the service: `expose` and `statusCode` say so, as for a request. */
export class RefusedMessage extends ServiceError {
  readonly expose = true;
  readonly statusCode = 400;
  readonly closeCode: number;

  constructor(closeCode: number, message: string, cause?: unknown) {
    super("ERR_WEBSOCKET_MESSAGE", message, { cause });
    this.closeCode = closeCode;
  }
}

export function closedError(cause?: unknown): ServiceError {
  return new ServiceError("ERR_WEBSOCKET_CLOSED", "The web socket is closed, so the message was not sent.", { cause });
}
