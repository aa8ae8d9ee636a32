/** Reads a method of a client; a garbled one is an error of its frame, as RabbitMQ sees it. */
import { replyCode } from "../amqp-wire/constants.ts";
import { FrameError } from "../amqp-wire/errors.ts";
import { decodeMethod, type Method } from "../amqp-wire/methods.ts";

/** @throws FrameError */
export function readMethod(payload: Buffer): Method {
  try {
    return decodeMethod(payload);
  } catch (error) {
    if (!(error instanceof FrameError) || error.replyCode !== replyCode.syntaxError) throw error;
    throw new FrameError(replyCode.frameError, error.message);
  }
}
