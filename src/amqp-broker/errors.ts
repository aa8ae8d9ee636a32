/** The errors with which the broker answers a wrong method: a reply code, the text that RabbitMQ uses, and what is closed. */
import { type ReplyCode, replyName } from "../amqp-wire/constants.ts";
import { TomodachiError } from "../errors.ts";

/**
 * Thrown where a method is carried out and turned into `channel.close` or `connection.close` by the connection; it never
 * reaches a user of the package.
 */
export class ReplyError extends TomodachiError {
  /** What the error closes. */
  readonly scope: "channel" | "connection";
  readonly replyCode: ReplyCode;

  constructor(scope: "channel" | "connection", replyCode: ReplyCode, text: string) {
    super("ERR_BROKER_REPLY", `${replyName(replyCode)} - ${text}`);
    this.scope = scope;
    this.replyCode = replyCode;
  }
}

/** The broker could not be started, or was asked for something it cannot do. */
export class BrokerError extends TomodachiError {}

/** Closes the channel. */
export function channelError(replyCode: ReplyCode, text: string): ReplyError {
  return new ReplyError("channel", replyCode, text);
}

/** Closes the connection with all its channels. */
export function connectionError(replyCode: ReplyCode, text: string): ReplyError {
  return new ReplyError("connection", replyCode, text);
}
