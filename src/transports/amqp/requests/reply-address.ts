/**
 * Which reply-to of a request is answered. Whoever may publish chooses it, so it is not believed: a reply goes out with the
 * permissions of this service, to any queue that its key names.
 */
import { type FieldCheck, oneOf } from "../../../util/check-fields.ts";

/** See `AmqpServiceOptions.allowReplyTo`. */
export type AllowReplyTo = "any" | "direct" | ((replyTo: string) => boolean);

const words = oneOf("any", "direct");
export const allowReplyToCheck: FieldCheck = {
  expected: 'one of "any", "direct" or a function that says of a reply-to whether it may be answered',
  fits: (value) => typeof value === "function" || words.fits(value),
};

/** What brokers write into the reply-to of a request by direct reply-to: a token of theirs follows. */
export const directReplyTo = "amq.rabbitmq.reply-to.";
const directToken = /^[A-Za-z0-9+/=_.-]{16,}$/;
/** Queues that the framework makes for other ends: what is written there would count as a dead letter or a retry. */
const ownQueues = /\.(dlq|return|retry\.[^.]+)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f]/;

/** Why a reply-to is not answered; undefined when it is. */
export function replyAddressProblem(replyTo: string, ownQueue: string, allow: AllowReplyTo): string | undefined {
  if (replyTo.startsWith(directReplyTo)) {
    const isToken = directToken.test(replyTo.slice(directReplyTo.length));
    return isToken ? refusedBy(allow, replyTo, true) : "it is no address of direct reply-to that a broker gave";
  }
  if (Buffer.byteLength(replyTo) > 255 || control.test(replyTo)) return "it is no name of a queue";
  // Queues that the broker named are the only ones with this beginning.
  if (replyTo.startsWith("amq.") && !replyTo.startsWith("amq.gen-")) return "no queue has such a name";
  if (replyTo === ownQueue || ownQueues.test(replyTo))
    return "it is a queue that services work on, not one for replies";
  return refusedBy(allow, replyTo, false);
}

function refusedBy(allow: AllowReplyTo, replyTo: string, isDirect: boolean): string | undefined {
  if (allow === "any" || (allow === "direct" && isDirect)) return undefined;
  if (typeof allow === "function" && allow(replyTo)) return undefined;
  return "options.amqp.allowReplyTo does not allow it";
}
