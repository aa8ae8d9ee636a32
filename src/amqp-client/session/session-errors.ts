/** How a session, or one of its channels, ends: what was tried, on what, what went wrong, and what to do. */
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import type { Method } from "../../amqp-wire/methods.ts";
import { messageOf } from "../../errors.ts";
import { AmqpChannelError, AmqpConnectionError } from "../errors.ts";
import { explainReply } from "./reply-codes.ts";

/** The fields of a peer's method when it closes a connection or a channel (AMQP 0-9-1, 1.4.2.10 and 1.5.2.5). */
export interface CloseReason {
  readonly replyCode: number;
  readonly replyText: string;
  /** Of the method that failed; 0 where none did. */
  readonly classId: number;
  readonly methodId: number;
}

export function closedByBroker(reason: CloseReason): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_CONNECTION_CLOSED",
    `The broker closed the connection: ${explainReply(reason.replyCode, `${reason.replyCode} ${reason.replyText}`)}`,
    reason,
  );
}

export function channelClosedByBroker(reason: CloseReason): AmqpChannelError {
  const words = reason.replyText || `reply code ${reason.replyCode}`;
  return new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", explainReply(reason.replyCode, words), reason);
}

/** A port of the other kind, TLS or plain, often does so. */
export const endedSilently = "the peer closed the connection before it sent anything";

/** The socket ended without connection.close; `silent` when nothing had arrived on it. */
export function socketEnded(cause: Error | undefined, silent: boolean): AmqpConnectionError {
  const ended = silent ? endedSilently : "the peer closed the connection without a reason";
  const why = cause ? messageOf(cause) : ended;
  return new AmqpConnectionError("ERR_AMQP_CONNECTION_CLOSED", why, { cause });
}

export function closedByUs(): AmqpConnectionError {
  return new AmqpConnectionError("ERR_AMQP_CONNECTION_CLOSED", "the connection was closed by this process");
}

export function channelClosedByUs(): AmqpChannelError {
  return new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", "the channel was closed by this process");
}

/** Nothing arrived for two intervals. */
export function heartbeatMissed(seconds: number): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_HEARTBEAT",
    `Heartbeat timeout: nothing arrived from the broker for nearly ${2 * seconds} seconds (heartbeat: ${seconds})`,
  );
}

/** The peer's bytes are not AMQP 0-9-1, or come where the protocol does not allow them. The broker's own message is kept. */
export function protocolError(cause: unknown): AmqpConnectionError {
  if (cause instanceof AmqpConnectionError) return cause;
  return new AmqpConnectionError("ERR_AMQP_PROTOCOL", `The peer breaks the AMQP 0-9-1 protocol: ${messageOf(cause)}`, {
    cause,
  });
}

/** The close that the broker gets before the connection ends for such an error; undefined if the broker closed it itself. */
export function closeFor(error: unknown): Method | undefined {
  if (!(error instanceof FrameError)) return undefined;
  // A short string takes 255 bytes, and a character up to 4 of them.
  const replyText = error.message.slice(0, 60);
  return { name: "connection.close", replyCode: error.replyCode, replyText, classId: 0, methodId: 0 };
}

export function heartbeatOnChannel(channel: number): FrameError {
  return new FrameError(replyCode.frameError, `a heartbeat on channel ${channel}`);
}

export function contentOnChannel0(): FrameError {
  return new FrameError(replyCode.unexpectedFrame, "content on channel 0");
}

export function answerTimeout(what: string, ms: number): AmqpChannelError {
  return new AmqpChannelError(
    "ERR_AMQP_ANSWER_TIMEOUT",
    `The broker did not answer ${what} within ${ms / 1000} seconds, so its channel is closed. Look at the broker's log and load.`,
  );
}

/** Not even the close of a channel was answered. */
export function unresponsive(what: string, ms: number): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_ANSWER_TIMEOUT",
    `The broker did not answer ${what} within ${ms / 1000} seconds, so the connection is closed. Look at the broker's log and load.`,
  );
}

export function handshakeTimeout(step: string, ms: number): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_ANSWER_TIMEOUT",
    `no answer in time: the handshake took longer than ${ms / 1000} seconds and waited for ${step}`,
  );
}

export function noChannelLeft(channelMax: number): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_CHANNEL_LIMIT",
    `No channel can be opened: all ${channelMax} channels that the broker allows for a connection (channel_max) are in use. Raise channel_max in rabbitmq.conf, or run fewer handlers in one process.`,
  );
}
