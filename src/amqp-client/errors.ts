/** The errors between a client and its broker, by what each one closes: the connection, a channel, or nothing but one publish. */
import { type ErrorOptions, memberOf, messageOf, TomodachiError } from "../errors.ts";

/** The options of AMQP errors. */
export interface AmqpErrorOptions extends ErrorOptions {
  /** The reply code of AMQP, if the broker sent one (AMQP 0-9-1, 1.2 "reply-code"). */
  readonly replyCode?: number | undefined;
  /** The text that the broker sent. */
  readonly replyText?: string | undefined;
  /** The class of the method that failed, as the broker reports it; 0 if no method failed. */
  readonly classId?: number | undefined;
  /** The number of the method that failed, as the broker reports it; 0 if no method failed. */
  readonly methodId?: number | undefined;
}

export interface AmqpConnectionErrorOptions extends AmqpErrorOptions {
  /** The path of the options that say where the broker is. */
  readonly place?: string | undefined;
}

/** The class of every AMQP error, of the client and of the service. Use `code` to tell them apart. */
export class AmqpError extends TomodachiError {
  /** The reply code of AMQP, such as 404; undefined if the broker sent none. */
  readonly replyCode: number | undefined;
  /** The text that the broker sent with the reply code. */
  readonly replyText: string | undefined;
  /** The AMQP class of the method that failed; 0 if no method failed, undefined without a reply. */
  readonly classId: number | undefined;
  /** The AMQP number of the method that failed; 0 if no method failed, undefined without a reply. */
  readonly methodId: number | undefined;

  constructor(code: string, message: string, options: AmqpErrorOptions = {}) {
    super(code, message, options);
    this.replyCode = options.replyCode;
    this.replyText = options.replyText;
    this.classId = options.classId;
    this.methodId = options.methodId;
  }
}

/** The connection could not be opened, or was lost. */
export class AmqpConnectionError extends AmqpError {
  /** Which options say where the broker is, such as `options.amqp`. Only set if the broker could not be reached. */
  readonly place: string | undefined;

  constructor(code: string, message: string, options: AmqpConnectionErrorOptions = {}) {
    super(code, message, options);
    this.place = options.place;
  }
}

/** A channel was closed, with all work on it. The connection stays open. */
export class AmqpChannelError extends AmqpError {}

/** One message cannot be read. Other messages are not affected. */
export class AmqpMessageError extends AmqpError {}

/** One publish failed. The message is in no queue, or it is unknown whether it is. */
export class AmqpPublishError extends AmqpError {}

/** A request got no reply, or an error as its reply. Other requests are not affected. */
export class AmqpRequestError extends AmqpError {}

/** The reply of the broker, or else the message of the error. */
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
