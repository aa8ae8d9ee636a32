/** A URL that says where a broker is, taken apart. No error shows it: it may hold a password. */
import { unknownField } from "../util/check-fields.ts";
import { AmqpConnectionError } from "./errors.ts";

/** The values of a URL; undefined for what it leaves open. */
export interface ConnectionUrl {
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly vhost: string | undefined;
  readonly tls: boolean;
  readonly heartbeat: number | undefined;
}

/** `source` names where it was given. @throws AmqpConnectionError ERR_AMQP_CONNECTION_OPTIONS */
export function parseUrl(url: string, source: string): ConnectionUrl {
  if (url.includes("#")) throw wrongUrl(source, 'it contains a "#", which ends a URL; in a password write %23');
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) throw wrongUrl(source, "it is not a URL");
  if (parsed.protocol !== "amqp:" && parsed.protocol !== "amqps:") {
    throw wrongUrl(source, `its scheme is "${parsed.protocol.slice(0, -1)}"`);
  }
  if (parsed.hostname === "") throw wrongUrl(source, "it has no host");
  if (parsed.port === "0") throw wrongUrl(source, "its port is 0");
  if (parsed.password && !parsed.username) throw wrongUrl(source, "it has a password without a user name");
  const heartbeat = parsed.searchParams.get("heartbeat");
  if (heartbeat !== null && !/^\d{1,4}$/.test(heartbeat)) {
    throw wrongUrl(source, "its heartbeat is not a number of seconds");
  }
  for (const name of parsed.searchParams.keys()) {
    if (name !== "heartbeat") throw wrongUrl(source, unknownField("it", name, ["heartbeat"]).replace(/\.$/, ""));
  }
  if (parsed.pathname.lastIndexOf("/") > 0) throw wrongUrl(source, 'write a "/" inside the virtual host as %2F');
  const vhost = decoded(parsed.pathname.slice(1), source);
  return {
    // Only a URL has brackets around an IPv6 address.
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port ? Number(parsed.port) : undefined,
    username: parsed.username ? decoded(parsed.username, source) : undefined,
    password: parsed.password ? decoded(parsed.password, source) : undefined,
    // RabbitMQ's URI rule would read a bare slash as the virtual host "", which is never intended.
    vhost: vhost || undefined,
    tls: parsed.protocol === "amqps:",
    heartbeat: heartbeat === null ? undefined : Number(heartbeat),
  };
}

function decoded(part: string, source: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrongUrl(source, "a part of it is not percent-encoded correctly");
  }
}

/** The error for a URL that cannot be used. */
export function wrongUrl(source: string, why: string): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_CONNECTION_OPTIONS",
    `${source} cannot be used: ${why}. Write it as amqp://username:password@host:port/vhost (amqps:// for TLS), with special characters percent-encoded.`,
  );
}
