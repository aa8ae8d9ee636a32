/** What goes wrong between a client and its broker, by what each error costs: the connection, a channel, one publish. */
import { type ErrorOptions, memberOf, messageOf, TomodachiError } from "../errors.ts";

export interface AmqpErrorOptions extends ErrorOptions {
  /** AMQP's reply code, where the broker sent one (AMQP 0-9-1, 1.2 "reply-code"). */
  readonly replyCode?: number | undefined;
  /** The broker's own words. */
  readonly replyText?: string | undefined;
  /** The class of the method that failed, as the broker named it; 0 where none did. */
  readonly classId?: number | undefined;
  /** The method that failed, likewise. */
  readonly methodId?: number | undefined;
}

/** Every error of AMQP is one, on the client's side and on the service's; tell them apart by `code`. */
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

/** There is no connection: it could not be made, or was lost. */
export class AmqpConnectionError extends AmqpError {}

/** One channel, and what it was doing, is lost; the connection lives. */
export class AmqpChannelError extends AmqpError {}

/** One message cannot be read; every other one can. */
export class AmqpMessageError extends AmqpError {}

/** One publish failed; the message is in no queue, or nobody knows. */
export class AmqpPublishError extends AmqpError {}

/** A request has no reply, or an error for one. Another request on the same channel is none the worse. */
export class AmqpRequestError extends AmqpError {}

/** amqplib's words around the broker's: `... 404 (NOT-FOUND) with message "NOT_FOUND - no queue ..."`. */
const closePattern = /(\d{3}) \([A-Z-]+\) with message "([\s\S]*)"/;

/** What the broker said, in an error of amqplib. */
export function replyOf(error: unknown): { readonly replyCode?: number; readonly replyText: string } {
  const message = messageOf(error);
  const match = closePattern.exec(message);
  if (match) return { replyCode: Number(match[1]), replyText: match[2] ?? "" };
  const code = memberOf(error, "code");
  return typeof code === "number" ? { replyCode: code, replyText: message } : { replyText: message };
}
