/** What goes wrong between a client and its broker, by what each error costs: the connection, a channel, one publish. */
import { type ErrorOptions, memberOf, messageOf, TomodachiError } from "../errors.ts";

export interface AmqpErrorOptions extends ErrorOptions {
  /** AMQP's reply code, where the broker sent one (AMQP 0-9-1, 1.2 "reply-code"). */
  readonly replyCode?: number | undefined;
  /** The broker's own words. */
  readonly replyText?: string | undefined;
  /** The class of the method that failed, from the broker; 0 if none failed. */
  readonly classId?: number | undefined;
  /** The method that failed, likewise. */
  readonly methodId?: number | undefined;
}

export interface AmqpConnectionErrorOptions extends AmqpErrorOptions {
  /** The path of the options that say where the broker is. */
  readonly place?: string | undefined;
}

/** The class of every AMQP error, of the client and of the service; distinguish them by `code`. */
export class AmqpError extends TomodachiError {
  readonly replyCode: number | undefined;
  readonly replyText: string | undefined;
  readonly classId: number | undefined;
  readonly methodId: number | undefined;

  constructor(code: string, message: string, options: AmqpErrorOptions = {}) {
    super(code, message, options);
    this.replyCode = options.replyCode;
    this.replyText = options.replyText;
    this.classId = options.classId;
    this.methodId = options.methodId;
  }
}

/** No connection: it could not be made, or was lost. */
export class AmqpConnectionError extends AmqpError {
  /** Of a broker that could not be reached: which options say where it is, such as `options.amqp`. */
  readonly place: string | undefined;

  constructor(code: string, message: string, options: AmqpConnectionErrorOptions = {}) {
    super(code, message, options);
    this.place = options.place;
  }
}

/** One channel and its work are lost; the connection stays open. */
export class AmqpChannelError extends AmqpError {}

/** One message cannot be read; every other one can. */
export class AmqpMessageError extends AmqpError {}

/** One publish failed; the message is in no queue, or this is unknown. */
export class AmqpPublishError extends AmqpError {}

/** A request has no reply, or an error for one. Other requests on the same channel are not affected. */
export class AmqpRequestError extends AmqpError {}

/** What the broker said, or else the message of the error. */
export function replyOf(error: unknown): Reply {
  const replyCode = memberOf(error, "replyCode");
  const replyText = memberOf(error, "replyText");
  const text = typeof replyText === "string" && replyText !== "" ? replyText : messageOf(error);
  return typeof replyCode === "number" ? { replyCode, replyText: text } : { replyText: text };
}

export interface Reply {
  readonly replyCode?: number;
  readonly replyText: string;
}
