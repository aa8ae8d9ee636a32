/** One attempt to connect, and what its failure means. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { memberOf, textOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { packageFolder } from "../util/package-folder.ts";
import { guestHint } from "./connection-errors.ts";
import type { Secret } from "./credentials.ts";
import { AmqpConnectionError, replyOf } from "./errors.ts";
import { type Endpoint, endpointText, placeText, type ResolvedConnectionOptions } from "./options.ts";
import { Session } from "./session/session.ts";
import { tlsHint } from "./tls-reason.ts";

/** How long one host may take to answer, and how long where it is tried once. */
const attemptTimeoutMs = 10_000;
export const onlyAttemptMs = 5000;

const refusals: ReadonlySet<string> = new Set([
  "ERR_AMQP_ACCESS_REFUSED",
  "ERR_AMQP_VIRTUAL_HOST",
  "ERR_AMQP_CONNECTION_OPTIONS",
]);

/** How long a broker may take for one answer, at most; a start does not wait for it beyond its own limit. */
const longestAnswerSeconds = 20;

export interface ConnectSettings {
  readonly options: ResolvedConnectionOptions;
  /** Shown by the broker beside the connection. */
  readonly name: string;
  readonly logger: Logger;
  /**
   * `once`: each host is tried once before there was a connection, and errors name `--broker`. For commands, whose users wait.
   * @default "repeated", until `connectTimeoutSeconds` are over
   */
  readonly firstConnect?: "once" | "repeated" | undefined;
}

/** Connects to one host. Rejects with an AmqpConnectionError. */
export async function connectTo(
  endpoint: Endpoint,
  { password }: Secret,
  { options, name, logger, firstConnect }: ConnectSettings,
  signal: AbortSignal,
): Promise<Session> {
  const { username, mechanism, vhost, tls, heartbeat, connectTimeoutSeconds } = options;
  const once = firstConnect === "once";
  const settings = {
    target: { ...endpoint, tls },
    handshake: {
      username,
      password,
      mechanism: mechanism === "external" ? ("EXTERNAL" as const) : ("PLAIN" as const),
      virtualHost: vhost,
      connectionName: name,
      clientVersion: packageVersion(),
      heartbeat,
    },
    handshakeTimeoutMs: once ? onlyAttemptMs : attemptTimeoutMs,
    answerTimeoutMs: once ? onlyAttemptMs : Math.min(connectTimeoutSeconds, longestAnswerSeconds) * 1000,
    listenerFailed: (error: unknown) => logger.error({ err: error }, "a listener of a connection failed"),
  };
  try {
    return await Session.open(settings, signal);
  } catch (error) {
    throw connectionErrorOf(signal.aborted ? new Error("no answer in time") : error, endpoint, {
      ...options,
      once,
      secret: password,
    });
  }
}

function packageVersion(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(packageFolder(import.meta.url), "package.json"), "utf8"));
    return textOf(memberOf(manifest, "version"));
  } catch {
    // Bundled into another program.
    return "unknown";
  }
}

/** Whether trying again cannot help at the start: the broker is there and says no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AmqpConnectionError && refusals.has(error.code);
}

interface Attempt extends ResolvedConnectionOptions {
  readonly once: boolean;
  /** What the broker was given. */
  readonly secret: string;
}

function connectionErrorOf(error: unknown, endpoint: Endpoint, options: Attempt): AmqpConnectionError {
  const { username, vhost } = options;
  const at = endpointText(endpoint);
  const reply = replyOf(error);
  const settings = { cause: error, ...reply };
  if (reply.replyCode === 403) {
    return new AmqpConnectionError(
      "ERR_AMQP_ACCESS_REFUSED",
      refusalText(endpoint, options, reply.replyText),
      settings,
    );
  }
  if (reply.replyCode === 530) {
    return new AmqpConnectionError(
      "ERR_AMQP_VIRTUAL_HOST",
      `${at} did not open the virtual host "${vhost}" for "${username}": it does not exist, the user has no access to it, or its connection limit is reached. Create it (rabbitmqctl add_vhost), give the user its permissions (rabbitmqctl set_permissions), or use another virtual host.`,
      settings,
    );
  }
  const hint = tlsHint(error, options.tls !== undefined, options.place.path);
  return new AmqpConnectionError(
    "ERR_AMQP_UNREACHABLE",
    `Unable to connect [amqp] to ${at} (${hint ?? reasonOf(error)})`,
    settings,
  );
}

function refusalText(
  endpoint: Endpoint,
  { username, mechanism, password, secret, tls, place, once }: Attempt,
  reply: string,
): string {
  const at = endpointText(endpoint);
  if (mechanism === "external") {
    return `${at} refused the client certificate (${reply}). RabbitMQ needs a user with the name in the certificate, which ssl_cert_login_from selects (rabbitmqctl add_user).`;
  }
  // A file with a secret often ends with one.
  const lineBreak = /[\r\n]$/.test(secret)
    ? " The password ends with a line break: remove it, for example with trim()."
    : "";
  const refused = `${at} refused the user "${username}" (${reply}).${lineBreak}`;
  if (typeof password === "function") {
    return `${refused} Check what the function ${place.path}.password returns: a token must be for this broker (aud, scope) and not expired.`;
  }
  const certificate = tls?.cert || tls?.pfx ? ' To log in by the client certificate, set mechanism: "external".' : "";
  return `${refused} Check username and password (${placeText(place, once)}).${guestHint(username, endpoint)}${certificate}`;
}

/** Node hides what went wrong with each address in an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return textOf(memberOf(error, "message") || memberOf(error, "code") || error);
}
