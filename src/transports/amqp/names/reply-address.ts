/**
 * Which reply-to addresses of requests are allowed. Every client that may publish can set reply-to, so it is not trusted: a reply is sent
 * with the permissions of this service, to any queue.
 */
import { messageOf } from "../../../errors.ts";
import { type FieldCheck, oneOf } from "../../../util/check-fields.ts";
import { isPromise } from "../../../util/is-promise.ts";

/** The values of `options.amqp.allowReplyTo`. */
export type AllowReplyTo = "server-named" | "direct" | "any" | ((replyTo: string) => boolean);

const words = oneOf("server-named", "direct", "any");
export const allowReplyToCheck: FieldCheck = {
  expected: 'one of "server-named", "direct", "any" or a function that returns whether a reply-to is allowed',
  fits: (value) => typeof value === "function" || words.fits(value),
};

/** What RabbitMQ writes into the reply-to of a request by direct reply-to: a token follows. */
const directReplyTo = "amq.rabbitmq.reply-to.";
const directToken = /^[A-Za-z0-9+/=_.-]{16,}$/;
/** What LavinMQ writes there: the tag of the consumer follows. */
const directOfLavinMq = "amq.direct.reply-to.";
/** The prefix of names that a broker gives to queues that were declared without one. Clients cannot declare such names. */
const serverNamed = "amq.gen-";
/** Queues that the framework makes for other ends: what is written there would count as a dead letter or a retry. */
const ownQueues = /\.(dlq|return|retry\.[^.]+)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f]/;

/** Whether a reply reaches a client without a queue. */
export function isDirect(replyTo: string): boolean {
  return replyTo.startsWith(directReplyTo) || replyTo.startsWith(directOfLavinMq);
}

/** Why a reply-to is not answered; undefined when it is. `path` is where the user set what is allowed. */
export function replyAddressProblem(
  replyTo: string,
  ownQueue: string,
  allow: AllowReplyTo,
  path = "options.amqp.allowReplyTo",
): string | undefined {
  if (Buffer.byteLength(replyTo) > 255 || control.test(replyTo)) return "it is not a queue name";
  if (replyTo.startsWith(directReplyTo) && !directToken.test(replyTo.slice(directReplyTo.length)))
    return "it is not a direct reply-to address from a broker";
  // Other names with this beginning are reserved (AMQP 0-9-1, queue.declare).
  if (replyTo.startsWith("amq.") && !isDirect(replyTo) && !replyTo.startsWith(serverNamed))
    return "a queue cannot have such a name";
  if (replyTo === ownQueue || ownQueues.test(replyTo)) return "services consume this queue, so it cannot get replies";
  return typeof allow === "function" ? refusalByFunction(allow, replyTo, path) : refusalByWord(allow, replyTo, path);
}

/** The function is the user's: only `true` allows an address. A promise is not an answer, and an error must not keep the request here. */
function refusalByFunction(allow: (replyTo: string) => boolean, replyTo: string, path: string): string | undefined {
  const name = `the function ${path}`;
  try {
    const answer: unknown = allow(replyTo);
    if (answer === true) return undefined;
    if (!isPromise(answer)) return `${name} does not allow it`;
    // An unhandled rejection would end the process.
    answer.then(undefined, () => {});
    return `${name} returned a promise; it must return true or false`;
  } catch (error) {
    return `${name} threw ${messageOf(error)}`;
  }
}

function refusalByWord(allow: "server-named" | "direct" | "any", replyTo: string, path: string): string | undefined {
  if (allow === "any" || isDirect(replyTo)) return undefined;
  if (allow === "server-named" && replyTo.startsWith(serverNamed)) return undefined;
  const what = allow === "direct" ? "only direct reply-to" : "only direct reply-to and queues that the broker named";
  return `${path} (${JSON.stringify(allow)}) allows ${what}; to allow queues with other names, give a function`;
}
