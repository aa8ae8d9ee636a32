/** The errors of a connection that is not there. */
import { AmqpConnectionError, type Reply } from "./errors.ts";
import { type ConnectionPlace, describeEndpoint, placeText, type ResolvedConnectionOptions } from "./options.ts";
import { explainReply } from "./session/reply-codes.ts";

/** For the log: what the broker said, and what its reply code means. */
export function whyLost({ replyCode, replyText }: Reply): string {
  return explainReply(replyCode, replyText);
}

export function closedConnection(): AmqpConnectionError {
  return new AmqpConnectionError("ERR_AMQP_CLOSED", "The connection was closed because its service stopped.");
}

export function noConnection(
  purpose: string,
  options: ResolvedConnectionOptions,
  state: string,
  why: string | undefined,
): AmqpConnectionError {
  const reason = why === undefined ? state : `${state}: ${why}`;
  return new AmqpConnectionError(
    "ERR_AMQP_CONNECTION_CLOSED",
    `There is no ${purpose} connection to ${describeEndpoint(options)} at the moment (${reason}).`,
  );
}

/** At the start, when the time to connect is over, or a command has tried each host once: with the reason of each host. */
export function unreachable(
  reasons: readonly string[],
  attempts: number | "once",
  place: ConnectionPlace,
): AmqpConnectionError {
  const once = attempts === "once";
  const tried = once ? "" : ` Tried ${attempts === 1 ? "once" : `${attempts} times`}.`;
  return new AmqpConnectionError(
    "ERR_AMQP_UNREACHABLE",
    `${reasons.join("; ")}.${tried} Start the broker, or say where it is: ${placeText(place, once)}.`,
    { place: place.path },
  );
}

/** It was there, went while the service started, and did not come back in time. */
export function lostAtStart(why: string | undefined, seconds: number, cause: unknown): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_UNREACHABLE",
    `The connection was lost while the service started, and its exchanges and queues could not be declared within connectTimeoutSeconds (${seconds}): ${why ?? "it is lost again and again"}. Look at the broker's log; a broker that needs longer to start needs a larger connectTimeoutSeconds.`,
    { cause },
  );
}
