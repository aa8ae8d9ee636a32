/** What the broker answers to an error that was thrown while it read or carried out a frame. */
import { replyCode } from "../amqp-wire/constants.ts";
import { ContentTooLargeError, FrameError } from "../amqp-wire/errors.ts";
import { messageOf } from "../errors.ts";
import { channelError, connectionError, ReplyError } from "./errors.ts";

/** `unexpected` is called with an error that the client did not cause. */
export function replyTo(error: unknown, unexpected: (error: unknown) => void): ReplyError {
  if (error instanceof ReplyError) return error;
  if (error instanceof ContentTooLargeError) return channelError(replyCode.preconditionFailed, error.message);
  if (error instanceof FrameError) return connectionError(error.replyCode, error.message);
  unexpected(error);
  return connectionError(replyCode.internalError, messageOf(error));
}
