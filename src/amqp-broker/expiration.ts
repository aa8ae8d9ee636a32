/** The `expiration` property: a string of milliseconds, read as strictly as RabbitMQ reads it. */
import { replyCode } from "../amqp-wire/constants.ts";
import { channelError, type ReplyError } from "./errors.ts";

/** Ten years. */
const longestMs = 315_360_000_000n;

/** @throws a channel error, PRECONDITION_FAILED, with RabbitMQ's reason */
export function parseExpiration(text: string): number {
  const [, digits, rest] = /^([+-]?\d+)(.*)$/s.exec(text) ?? [];
  if (digits === undefined) throw invalid(text, "no_integer");
  if (rest !== "") throw invalid(text, `{leftover_string,"${rest}"}`);
  const value = BigInt(digits);
  if (value < 0n) throw invalid(text, `{value_negative,${value}}`);
  if (value > longestMs) throw invalid(text, `{value_too_large,${value}}`);
  return Number(value);
}

function invalid(text: string, reason: string): ReplyError {
  return channelError(replyCode.preconditionFailed, `invalid expiration '${text}': ${reason}`);
}
