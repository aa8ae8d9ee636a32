/** The errors of a connection that is not there. */
import { clauseOf } from "../errors.ts";
import { isLoopback } from "../util/loopback.ts";
import { AmqpConnectionError, type Reply } from "./errors.ts";
import {
  type ConnectionPlace,
  describeEndpoint,
  type Endpoint,
  placeText,
  type ResolvedConnectionOptions,
} from "./options.ts";
import { explainReply } from "./session/reply-codes.ts";
import { isCertificateProblem } from "./tls-reason.ts";

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

/** At the start, when the time to connect is over, or a command has tried each host once: with what each host failed with. */
export function unreachable(
  failures: readonly AmqpConnectionError[],
  attempts: number | "once",
  place: ConnectionPlace,
): AmqpConnectionError {
  const once = attempts === "once";
  const tried = once ? "" : ` Tried ${attempts === 1 ? "once" : `${attempts} times`}.`;
  const embedded = once ? " `tomodachi broker` starts one for development." : "";
  const cure = failures.every(({ cause }) => isCertificateProblem(cause))
    ? ""
    : ` Start the broker, or set its address: ${placeText(place, once)}.${embedded}`;
  return new AmqpConnectionError("ERR_AMQP_UNREACHABLE", `${failures.map(clauseOf).join("; ")}.${tried}${cure}`, {
    place: place.path,
  });
}

/** RabbitMQ refuses guest from other machines even with the right password. */
export function guestHint(username: string, { host }: Pick<Endpoint, "host">): string {
  return username === "guest" && !isLoopback(host) ? ' RabbitMQ accepts "guest" only from localhost.' : "";
}

/** It was there, went while the service started, and did not come back in time. */
export function lostAtStart(why: string | undefined, seconds: number, cause: unknown): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_UNREACHABLE",
    `The connection was lost while the service started, and its exchanges and queues could not be declared within connectTimeoutSeconds (${seconds}): ${why ?? "the connection is lost repeatedly"}. Look at the broker's log. If the broker needs longer to start, raise connectTimeoutSeconds.`,
    { cause },
  );
}
