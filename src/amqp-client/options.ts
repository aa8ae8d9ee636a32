/** How to reach a broker: options, a URL or environment variables, checked and completed before anything connects. */
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { type FieldChecks, integer, nonEmptyText, oneOf, otherNameOf, seconds, text } from "../util/check-fields.ts";
import { type Duration, parseDuration, secondsOf, unitProblem } from "../util/duration.ts";
import { brokerText } from "../util/product-names.ts";
import type { BrokerIdentity } from "./connection-events.ts";
import { type ConnectionUrl, parseUrl, wrongUrl } from "./connection-url.ts";
import type { PasswordFunction } from "./credentials.ts";
import {
  type EnvironmentVariables,
  environmentHost,
  environmentPort,
  isHost,
  refuseUnknownVariables,
} from "./environment.ts";
import { AmqpConnectionError } from "./errors.ts";
import { checkedTls } from "./tls-options.ts";

/** How a client proves who it is (SASL's PLAIN and EXTERNAL). */
export type Mechanism = "plain" | "external";

/** Where the broker is, and how to log in. */
export interface ConnectionOptions {
  /**
   * `amqp://username:password@host:port/vhost`, or `amqps://` for TLS. It overrides the separate fields. @default none: the fields are used
   */
  readonly url?: string | undefined;
  /** The name or address of the host. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** The port. @default 5672, or 5671 with TLS */
  readonly port?: number | undefined;
  /** Use it instead of `host` for a cluster: nodes as "host" or "host:port", which are tried one after another. @default none */
  readonly hosts?: readonly string[] | undefined;
  /** The user name. @default "guest" */
  readonly username?: string | undefined;
  /**
   * A password, or a function that returns a password or an OAuth 2 token, also as a promise. The function is called at each connection,
   * and again before the result expires: at `expiresAt`, or at the `exp` of a JSON Web Token.
   * @default "guest"
   */
  readonly password?: string | PasswordFunction | undefined;
  /** "plain": log in with username and password. "external": log in with the client certificate in `tls`. @default "plain" */
  readonly mechanism?: Mechanism | undefined;
  /** The virtual host. @default "/" */
  readonly vhost?: string | undefined;
  /** true for TLS, or an object with options of Node's `tls.connect`. @default false */
  readonly tls?: boolean | TlsOptions | undefined;
  /**
   * The time between heartbeats, in whole seconds. A connection that is silent for nearly two intervals is closed. 0 turns heartbeats off.
   * @default "10s"
   */
  readonly heartbeat?: Duration | undefined;
  /** How many seconds a start tries to reach the hosts, or waits for a connection that was lost meanwhile. @default 30 */
  readonly connectTimeoutSeconds?: number | undefined;
}

const urlCheck = { expected: "a string (amqp://username:password@host:port/vhost)", secret: true };

/** A URL with its password could appear in logs and errors, so it is not accepted as a host. */
const hostCheck = {
  expected: "",
  fits: isHost,
  secret: true,
};

/** The checks of these fields, for other options that include them. */
export const connectionFieldChecks: FieldChecks = {
  url: { ...urlCheck, fits: (value) => typeof value === "string" && value !== "" },
  host: { ...hostCheck, expected: 'the name or address of a host, such as "rabbit.example" (a URL goes into url)' },
  port: integer(1, 65_535),
  hosts: {
    expected: 'a list of strings such as "host" or "host:port" (a URL goes into url)',
    fits: (value) => Array.isArray(value) && value.every((name) => hostCheck.fits(name)),
    secret: true,
  },
  username: nonEmptyText,
  password: {
    expected: "a string, or a function that returns one",
    fits: (value) => typeof value === "string" || typeof value === "function",
    secret: true,
  },
  mechanism: oneOf("plain", "external"),
  vhost: text,
  tls: {
    expected: "true, false or an object with options of tls.connect",
    fits: (value) => typeof value === "boolean" || (typeof value === "object" && value !== null),
    secret: true,
  },
  heartbeat: {
    expected: 'a duration in whole seconds such as "10s", or a number of seconds, from 0s to 65535s',
    fits: (value) => {
      const ms = parseDuration(value);
      return unitProblem(value) === undefined && ms !== undefined && ms % 1000 === 0 && ms <= 65_535_000;
    },
    problem: unitProblem,
  },
  connectTimeoutSeconds: seconds,
  // Python's names, and those of other clients.
  login: otherNameOf("username"),
  user: otherNameOf("username"),
  virtualhost: otherNameOf("vhost"),
  virtualHost: otherNameOf("vhost"),
  ssl: otherNameOf("tls"),
  authMechanism: otherNameOf("mechanism"),
  credentials: otherNameOf("password"),
  token: otherNameOf("password"),
};

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The options of a connection, complete and frozen. */
export interface ResolvedConnectionOptions {
  readonly endpoints: readonly Endpoint[];
  /** Empty if the certificate identifies the user. */
  readonly username: string;
  readonly password: string | PasswordFunction;
  readonly mechanism: Mechanism;
  readonly vhost: string;
  readonly tls: TlsOptions | undefined;
  readonly heartbeat: number;
  readonly connectTimeoutSeconds: number;
  /** Whether a host, a port or a URL was given. */
  readonly configured: boolean;
  readonly place: ConnectionPlace;
}

/** Where a user configures a broker; errors name this place. */
export interface ConnectionPlace {
  /** The path of the options, as a user would type it. */
  readonly path: string;
  /** Whether the environment variables (TOMODACHI_AMQP_...) apply to it as well. */
  readonly variables: boolean;
}

const defaultPlace: ConnectionPlace = Object.freeze({ path: "options.amqp", variables: true });

/**
 * Fills in the defaults. Environment variables override options: TOMODACHI_AMQP_URL overrides everything that says where the broker is, and
 * TOMODACHI_AMQP_HOST, _PORT, _USERNAME, _PASSWORD and _VHOST each override one field. They are not read if they do not apply to the place.
 * @throws AmqpConnectionError for a wrong value, and for a TOMODACHI_AMQP_ variable with an unknown name
 */
export function resolveConnectionOptions(
  options: ConnectionOptions,
  variables: EnvironmentVariables,
  place: ConnectionPlace = defaultPlace,
): ResolvedConnectionOptions {
  const { path } = place;
  const environment = place.variables ? variables : {};
  refuseUnknownVariables(environment);
  const fromUrl = environment["TOMODACHI_AMQP_URL"]
    ? parseUrl(environment["TOMODACHI_AMQP_URL"], "TOMODACHI_AMQP_URL")
    : options.url
      ? parseUrl(options.url, `${path}.url`)
      : undefined;
  const source = environment["TOMODACHI_AMQP_URL"] ? "TOMODACHI_AMQP_URL" : `${path}.url`;
  const fields: ConnectionOptions = fromUrl ? completed(fromUrl, options, source, path) : options;
  const host = environmentHost(environment) ?? fields.host;
  const port = environmentPort(environment) ?? fields.port;
  const tls = fields.tls === true ? {} : fields.tls || undefined;
  const givenTls = typeof options.tls === "object" ? options.tls : undefined;
  const names = fields.hosts?.length && !environment["TOMODACHI_AMQP_HOST"] ? fields.hosts : [host ?? "127.0.0.1"];
  const defaultPort = port ?? (tls ? 5671 : 5672);
  const usedTls = tls && givenTls ? checkedTls(givenTls, path) : tls;
  return Object.freeze({
    endpoints: Object.freeze(names.map((name) => endpointOf(name, defaultPort, path))),
    ...loginOf(fields, { environment, place, url: fromUrl && source, mechanism: options.mechanism, tls: usedTls }),
    vhost: environment["TOMODACHI_AMQP_VHOST"] || fields.vhost || "/",
    tls: usedTls,
    heartbeat: secondsOf(fields.heartbeat ?? options.heartbeat ?? "10s"),
    connectTimeoutSeconds: options.connectTimeoutSeconds ?? 30,
    configured: fromUrl !== undefined || host !== undefined || port !== undefined || Boolean(fields.hosts?.length),
    place,
  });
}

/** Where the connection goes, without any secret. */
export function describeEndpoint({ endpoints, username, vhost, tls }: ResolvedConnectionOptions): string {
  const hosts = endpoints.map(endpointText).join(",");
  const login = username === "" ? "" : `${encodeURIComponent(username)}@`;
  return `${tls ? "amqps" : "amqp"}://${login}${hosts}/${vhost === "/" ? "" : encodeURIComponent(vhost)}`;
}

/** The same, with the product and version of the broker. */
export function describeBroker(options: ResolvedConnectionOptions, broker: BrokerIdentity | undefined): string {
  return `${describeEndpoint(options)} (${brokerText(broker)})`;
}

/** Where to correct the address, for the end of a sentence. Commands have an option for the default connection. */
export function placeText({ path, variables }: ConnectionPlace, ofCommand = false): string {
  if (!variables) return path;
  return ofCommand ? `--broker, TOMODACHI_AMQP_URL or ${path}` : `${path} or TOMODACHI_AMQP_URL`;
}

/** One host and port, for messages. */
export function endpointText({ host, port }: Endpoint): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * A URL in code may omit values, which then come from the fields beside it. A URL in the environment is complete, except for a function
 * that returns the password: it is not part of the address.
 */
function completed(url: ConnectionUrl, options: ConnectionOptions, source: string, path: string): ConnectionOptions {
  if (source !== `${path}.url`) {
    if (typeof options.password !== "function" || url.password !== undefined) return url;
    return { ...url, username: url.username ?? options.username, password: options.password };
  }
  if (options.tls !== undefined && Boolean(options.tls) !== url.tls) {
    throw wrongUrl(source, `it says ${url.tls ? "amqps" : "amqp"}://, but ${path}.tls says otherwise`);
  }
  const { username, password, vhost } = options;
  return {
    ...url,
    username: url.username ?? username,
    password: url.password ?? password,
    vhost: url.vhost ?? vhost,
  };
}

interface LoginSource {
  readonly environment: EnvironmentVariables;
  readonly place: ConnectionPlace;
  /** The name of the option or variable that held the URL. */
  readonly url: string | undefined;
  readonly mechanism: Mechanism | undefined;
  readonly tls: TlsOptions | undefined;
}

function loginOf(
  fields: ConnectionOptions,
  { environment, place, url, mechanism = "plain", tls }: LoginSource,
): Pick<ResolvedConnectionOptions, "username" | "password" | "mechanism"> {
  const username = environment["TOMODACHI_AMQP_USERNAME"] || fields.username;
  const password = environment["TOMODACHI_AMQP_PASSWORD"] || undefined;
  // A URL in the environment with a user name sets the login.
  if (mechanism === "plain" || (url === "TOMODACHI_AMQP_URL" && fields.username !== undefined)) {
    return { username: username ?? "guest", password: password ?? passwordOf(fields, url), mechanism: "plain" };
  }
  const problem = certificateProblem(tls, username ?? password ?? fields.password, place);
  if (problem === undefined) return { username: "", password: "", mechanism };
  throw new AmqpConnectionError("ERR_AMQP_CONNECTION_OPTIONS", `${place.path}.mechanism is "external", ${problem}`);
}

/** Why a client certificate cannot be used for the login; undefined if it can. */
function certificateProblem(
  tls: TlsOptions | undefined,
  other: unknown,
  { path, variables }: ConnectionPlace,
): string | undefined {
  if (!tls) return "which needs TLS: write amqps://, or set tls.";
  if (!(tls.pfx || tls.secureContext || (tls.cert && tls.key))) {
    return `so the client certificate is the login, but ${path}.tls has none: add cert and key, or pfx.`;
  }
  if (other === undefined) return undefined;
  const places = variables ? "in the URL and in TOMODACHI_AMQP_USERNAME and _PASSWORD" : "in the URL";
  return `so the client certificate is the login: remove username and password, also ${places}.`;
}

/** A configured user name is never combined with the password of "guest" by accident. */
function passwordOf({ username, password }: ConnectionOptions, url: string | undefined): string | PasswordFunction {
  if (password === undefined && username !== undefined && url)
    throw wrongUrl(url, "it has a user name without a password");
  return password ?? "guest";
}

function endpointOf(name: string, defaultPort: number, path: string): Endpoint {
  const match = /^(\[.*\]|[^:]+):(\d+)$/.exec(name);
  const host = (match?.[1] ?? name).replace(/^\[(.*)\]$/, "$1");
  const port = match ? Number(match[2]) : defaultPort;
  if (port >= 1 && port <= 65_535) return Object.freeze({ host, port });
  throw new AmqpConnectionError(
    "ERR_AMQP_CONNECTION_OPTIONS",
    `${path}.hosts: "${name}" must have a port from 1 to 65535.`,
  );
}
