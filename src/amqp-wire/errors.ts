/** What is wrong with bytes that break AMQP 0-9-1, with the reply code the protocol has for it. */
import { TomodachiError } from "../errors.ts";
import { type ReplyCode, replyCode } from "./constants.ts";

/** Bytes that are not AMQP 0-9-1, or values that it cannot represent. The message is the detail, without a reply name before it. */
export class FrameError extends TomodachiError {
  readonly replyCode: ReplyCode;

  constructor(code: ReplyCode, detail: string) {
    super("ERR_AMQP_FRAME", detail);
    this.replyCode = code;
  }
}

/** A content header promises a larger body than is taken. RabbitMQ closes the channel for it, not the connection. */
export class ContentTooLargeError extends FrameError {
  /** Bytes, as promised. */
  readonly bodySize: number;

  constructor(bodySize: number, maxBodySize: number) {
    super(replyCode.preconditionFailed, `message size ${bodySize} is larger than configured max size ${maxBodySize}`);
    this.bodySize = bodySize;
  }
}
