/** Resolves `options.http` before anything listens. */
import { ConfigurationError, refuseProblems } from "../../service/errors.ts";
import { knowsReusePort } from "../../service/runner-node.ts";
import { fieldProblems, rightFields } from "../../util/check-fields.ts";
import { parseDuration } from "../../util/duration.ts";
import { isOfKubernetes, unknownVariables } from "../../util/unknown-variables.ts";
import { type HttpServiceOptions, serviceChecks } from "./options.ts";
import { parseSize } from "./size.ts";
import { tlsProblem } from "./tls.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where and how a server listens. Services with equal values share one server. */
export interface ResolvedServer {
  readonly listen: boolean;
  readonly port: number;
  readonly host: string;
  readonly reusePort: boolean;
  readonly tls: HttpServiceOptions["tls"];
  readonly http2: boolean;
  readonly trustProxy: boolean | string | string[];
  readonly requestIdHeader: string | false;
  readonly limits: ResolvedLimits;
}

/** In milliseconds and bytes; 0 or undefined means no limit. */
export interface ResolvedLimits {
  readonly keepAliveTimeout: number;
  readonly requestTimeout: number;
  readonly headersTimeout: number;
  readonly connectionTimeout: number;
  readonly sendTimeout: number;
  readonly maxRequestsPerSocket: number;
  readonly maxConnections: number | undefined;
  readonly maxHeaderSize: number;
}

/** `options.http`, complete. */
export interface ResolvedHttp {
  readonly server: ResolvedServer;
  readonly app: HttpServiceOptions["app"];
  readonly prefix: string;
  readonly plugins: NonNullable<HttpServiceOptions["plugins"]>;
  readonly bodyLimit: number;
  readonly timeoutSeconds: number | undefined;
  readonly accessLog: boolean;
  readonly contentType: string;
  readonly serverHeader: string | undefined;
  readonly openapi: ResolvedOpenApi | undefined;
}

/** `options.http.openapi`, complete. */
export interface ResolvedOpenApi {
  readonly title: string;
  readonly version: string;
  readonly description: string | undefined;
  /** The path with the prefix of the service. */
  readonly path: string;
  readonly page: string | false;
}

/** Undefined if there is no document. */
function resolveOpenApi(service: string, { openapi, prefix = "" }: HttpServiceOptions): ResolvedOpenApi | undefined {
  if (!openapi) return undefined;
  const {
    title = service,
    version = "1.0.0",
    description,
    path = "/openapi.json",
    page = "/docs",
  } = openapi === true ? {} : openapi;
  return { title, version, description, path: prefix + path, page: page === false ? false : prefix + page };
}

const variables = { prefix: "TOMODACHI_HTTP_", known: ["PORT", "HOST"] };

/** @throws ConfigurationError that lists every problem */
export function resolveHttp(service: string, given: unknown, environment: Environment): ResolvedHttp {
  const options = (given ?? {}) as HttpServiceOptions;
  const problems = fieldProblems(options, "options.http", serviceChecks);
  const between = problemsBetween(rightFields(options, serviceChecks));
  refuseProblems(`The service "${service}"`, [...problems, ...between]);
  refuseUnknownVariables(environment);
  const size = (value: unknown, otherwise: number): number => parseSize(value) ?? otherwise;
  return Object.freeze({
    server: resolveServer(options, environment),
    app: options.app,
    prefix: options.prefix ?? "",
    plugins: options.plugins ?? [],
    bodyLimit: size(options.bodyLimit, 1024 ** 2),
    timeoutSeconds: options.timeoutSeconds,
    accessLog: options.accessLog ?? true,
    contentType: options.contentType ?? "text/plain; charset=utf-8",
    serverHeader: options.serverHeader,
    openapi: resolveOpenApi(service, options),
  });
}

/** The valid options; see `TransportDefinition.rightOptions`. */
export function rightHttpOptions(given: unknown): HttpServiceOptions {
  const right = rightFields(given, serviceChecks) as HttpServiceOptions;
  return problemsBetween(right).length === 0 ? right : {};
}

function resolveServer(options: HttpServiceOptions, environment: Environment): ResolvedServer {
  const ms = (value: unknown, otherwise: number): number => parseDuration(value) ?? otherwise;
  const requestTimeout = ms(options.requestTimeout, 300_000);
  const { trustProxy = false } = options;
  return {
    listen: options.listen ?? true,
    port: environmentPort(environment) ?? options.port ?? 9700,
    host: environment["TOMODACHI_HTTP_HOST"] || options.host || "0.0.0.0",
    reusePort: options.reusePort ?? false,
    tls: options.tls,
    http2: options.http2 ?? false,
    trustProxy: typeof trustProxy === "object" ? [...trustProxy] : trustProxy,
    requestIdHeader: options.requestIdHeader?.toLowerCase() ?? false,
    limits: {
      keepAliveTimeout: ms(options.keepAliveTimeout, 72_000),
      requestTimeout,
      headersTimeout: Math.min(ms(options.headersTimeout, 60_000), requestTimeout),
      connectionTimeout: ms(options.connectionTimeout, 0),
      sendTimeout: options.sendTimeout === false ? 0 : ms(options.sendTimeout, 60_000),
      maxRequestsPerSocket: options.maxRequestsPerSocket ?? 0,
      maxConnections: options.maxConnections,
      maxHeaderSize: parseSize(options.maxHeaderSize) ?? 16_384,
    },
  };
}

const ownedByApp = [
  "port",
  "host",
  "reusePort",
  "tls",
  "http2",
  "trustProxy",
  "requestIdHeader",
  "keepAliveTimeout",
  "requestTimeout",
  "headersTimeout",
  "connectionTimeout",
  "sendTimeout",
  "maxRequestsPerSocket",
  "maxConnections",
  "maxHeaderSize",
] as const;

function problemsBetween(options: HttpServiceOptions): string[] {
  const problems: string[] = [];
  const tls = options.tls && tlsProblem(options.tls);
  if (tls) problems.push(`options.http.tls cannot be used: ${tls}. Write options of Node's https.createServer.`);
  if (options.app) {
    const both = ownedByApp.filter((name) => options[name] !== undefined);
    const list = both.map((name) => `options.http.${name}`).join(", ");
    if (both.length > 0)
      problems.push(
        `${list} cannot be used with options.http.app: the application has its own server. Set them in Fastify.`,
      );
  }
  if (options.reusePort && !knowsReusePort) {
    problems.push(
      "options.http.reusePort needs Node 22.12, or 23.1 and later, but this process runs an older version.",
    );
  }
  return problems;
}

function environmentPort(environment: Environment): number | undefined {
  const given = environment["TOMODACHI_HTTP_PORT"];
  if (!given) return undefined;
  const port = /^\s*\d{1,5}\s*$/.test(given) ? Number(given) : -1;
  if (port >= 0 && port <= 65_535) return port;
  const cure = isOfKubernetes("TOMODACHI_HTTP_PORT", given)
    ? " Kubernetes sets it for a service named tomodachi-http: set `enableServiceLinks: false` in the pod, or rename that service."
    : "";
  throw new ConfigurationError(`TOMODACHI_HTTP_PORT must be a port, 0 to 65535, but "${given}" was given.${cure}`);
}

/** A misspelled variable would silently have no effect. */
function refuseUnknownVariables(environment: Environment): void {
  const unknown = unknownVariables(environment, variables);
  if (unknown.length === 0) return;
  const known = variables.known.map((name) => variables.prefix + name).join(", ");
  throw new ConfigurationError(
    `Nothing reads the environment variable ${unknown.join(", ")}. Correct it, or unset it. Known: ${known}.`,
  );
}
