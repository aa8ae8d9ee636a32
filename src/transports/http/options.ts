/** `options.http` of a service: what a user may say. */
import type { ServerOptions as TlsOptions } from "node:https";
import type { FastifyInstance, FastifyPluginAsync, FastifyPluginCallback } from "fastify";
import {
  type FieldChecks,
  flag,
  integer,
  nonEmptyText,
  otherNameOf,
  plainText,
  record,
  seconds,
} from "../../util/check-fields.ts";
import { type Duration, durationWithin } from "../../util/duration.ts";
import { type ByteSize, sizeWithin } from "./size.ts";

/** A plugin of Fastify, alone or with its options. */
export type HttpPlugin =
  | FastifyPluginAsync<never>
  | FastifyPluginCallback<never>
  | readonly [plugin: FastifyPluginAsync<never> | FastifyPluginCallback<never>, options: object];

/** `options.http` of a service. */
export interface HttpServiceOptions {
  /**
   * 0 is any free port, which the log names. Services of one run that name the same port share one server. The variable
   * `TOMODACHI_HTTP_PORT` wins.
   * @default 9700
   */
  readonly port?: number | undefined;
  /** The address to listen on. The variable `TOMODACHI_HTTP_HOST` wins. @default "0.0.0.0", all addresses of IPv4 */
  readonly host?: string | undefined;
  /** false: no port is opened; handlers are reached by `app.http` of the testing kit. @default true */
  readonly listen?: boolean | undefined;
  /** Several processes may listen on the port, and the kernel spreads connections. Needs Node 22.12 or 23.1. @default false */
  readonly reusePort?: boolean | undefined;
  /** Larger bodies are answered with 413. Of a handler: `bodyLimit` of its decorator. @default "1MB" */
  readonly bodyLimit?: ByteSize | undefined;
  /** Seconds after which the signal of a handler aborts and 503 is answered. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** A line for each request, by the logger of the service. @default true */
  readonly accessLog?: boolean | undefined;
  /**
   * Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: addresses or networks ("10.0.0.0/8", "loopback"), or
   * true for every client. `request.ip` is the last address that is no such proxy, so a client cannot choose it.
   * @default false: `request.ip` is the peer
   */
  readonly trustProxy?: boolean | string | readonly string[] | undefined;
  /** The header whose value becomes `requestId`, such as "x-request-id". A client that can send it can choose the id. @default none: a new one */
  readonly requestIdHeader?: string | undefined;
  /** How long a connection without a request stays open. @default "72s" */
  readonly keepAliveTimeout?: Duration | undefined;
  /** By when a whole request has to arrive, its body included; then 408. @default "300s", as Node */
  readonly requestTimeout?: Duration | undefined;
  /** By when the headers have to arrive; then 408. @default "60s", as Node */
  readonly headersTimeout?: Duration | undefined;
  /** Without a byte in either direction for this long, a connection is closed, also during an answer. @default no limit */
  readonly connectionTimeout?: Duration | undefined;
  /** A client that reads nothing of its answer for this long is disconnected, or false for no limit. @default "60s" */
  readonly sendTimeout?: Duration | false | undefined;
  /** After this many requests a connection is closed. @default no limit */
  readonly maxRequestsPerSocket?: number | undefined;
  /** Connections at once; what comes above is closed. @default no limit */
  readonly maxConnections?: number | undefined;
  /** Of all headers of a request; above it 431. @default "16KB" */
  readonly maxHeaderSize?: ByteSize | undefined;
  /** Of strings that handlers return. @default "text/plain; charset=utf-8" */
  readonly contentType?: string | undefined;
  /** The header `Server` of each answer. @default none */
  readonly serverHeader?: string | undefined;
  /** Options of Node's `https.createServer`: `key` and `cert`, or `pfx`, and so on. @default none: without TLS */
  readonly tls?: TlsOptions | undefined;
  /** HTTP/2. With `tls` clients that know HTTP/1.1 only are answered as well. @default false */
  readonly http2?: boolean | undefined;
  /** Plugins of Fastify, in their order, before the handlers. They hold for the handlers of this service. */
  readonly plugins?: readonly HttpPlugin[] | undefined;
  /**
   * A Fastify application of your own that gets the handlers: it listens, and it closes; `runServices()` has to come before its `ready()`
   * or `listen()`. Options of the server (port, tls, ...) are its own.
   * @default a new one
   */
  readonly app?: FastifyInstance | undefined;
  /** Added before the paths of all handlers, such as "/api". @default none */
  readonly prefix?: string | undefined;
  /**
   * An OpenAPI 3.1 document made from the routes and their schemas, and a page that shows it; true for the defaults. Middleware of the
   * service is around both. @default false: it tells everybody about all routes
   */
  readonly openapi?: boolean | HttpOpenApiOptions | undefined;
}

/** `options.http.openapi`. */
export interface HttpOpenApiOptions {
  /** @default the name of the service */
  readonly title?: string | undefined;
  /** Of the interface, not of OpenAPI. @default "1.0.0" */
  readonly version?: string | undefined;
  /** What people read first; paragraphs, `code` and **bold** are shown. @default none */
  readonly description?: string | undefined;
  /** Where the document is, behind the prefix. @default "/openapi.json" */
  readonly path?: string | undefined;
  /** The path of the page, after the prefix; false for no page. @default "/docs" */
  readonly page?: string | false | undefined;
}

const httpsOptions = { ...record(), expected: "an object with options of Node's https.createServer", secret: true };

const proxies = {
  expected: "true, false, or addresses and networks",
  fits: (value: unknown): boolean =>
    typeof value === "boolean" ||
    nonEmptyText.fits(value) ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => nonEmptyText.fits(one))),
};

const pluginList = {
  expected: "a list of Fastify plugins, each a function or [plugin, options]",
  fits: (value: unknown): boolean => Array.isArray(value) && value.every(isPlugin),
};

function isPlugin(value: unknown): boolean {
  const [plugin, options] = Array.isArray(value) ? value : [value];
  return typeof plugin === "function" && (options === undefined || typeof options === "object");
}

/** A line break in it would be a second header. */
const headerValue = {
  expected: "a string that is valid in a header",
  fits: (value: unknown): boolean => typeof value === "string" && /^[\x20-\x7e]+$/.test(value),
};

const headerName = {
  expected: 'the name of a header, such as "x-request-id"',
  fits: (value: unknown): boolean => typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value),
};

const plainPath = {
  expected: 'a path such as "/docs"',
  fits: (value: unknown): boolean => typeof value === "string" && /^\/[^\s?#*:]*$/.test(value),
};

const anyTime = durationWithin(1, 2_000_000_000);

export const serviceChecks: FieldChecks = {
  port: integer(0, 65_535),
  host: {
    expected: 'the name or address of a network interface, such as "127.0.0.1" or "0.0.0.0"',
    fits: (value) => plainText.fits(value) && /^[^/@\s]+$/.test(value as string),
  },
  listen: flag,
  reusePort: flag,
  bodyLimit: sizeWithin(1, 1024 ** 3),
  timeoutSeconds: seconds,
  accessLog: flag,
  trustProxy: proxies,
  requestIdHeader: headerName,
  keepAliveTimeout: anyTime,
  requestTimeout: anyTime,
  headersTimeout: anyTime,
  connectionTimeout: anyTime,
  sendTimeout: {
    ...anyTime,
    expected: `${anyTime.expected}, or false`,
    fits: (value) => value === false || anyTime.fits(value),
  },
  maxRequestsPerSocket: integer(1),
  maxConnections: integer(1),
  maxHeaderSize: sizeWithin(1024, 16 * 1024 ** 2),
  contentType: headerValue,
  serverHeader: headerValue,
  tls: httpsOptions,
  http2: flag,
  plugins: pluginList,
  app: {
    expected: "a Fastify application",
    fits: (value) => typeof (value as { readonly register?: unknown } | null)?.register === "function",
  },
  openapi: {
    expected: "true, false, or an object with title, version, description, path and page",
    fits: (value) => typeof value === "boolean" || record().fits(value),
    fields: {
      title: nonEmptyText,
      version: nonEmptyText,
      description: nonEmptyText,
      path: plainPath,
      page: { expected: `false, or ${plainPath.expected}`, fits: (value) => value === false || plainPath.fits(value) },
    },
  },
  prefix: {
    expected: 'a path such as "/api"',
    fits: (value) => typeof value === "string" && /^\/[^\s?#*:]*[^\s?#*:/]$/.test(value),
  },
  // Python's names, and those of other servers.
  openApi: otherNameOf("openapi"),
  swagger: otherNameOf("openapi"),
  realIpFrom: otherNameOf("trustProxy"),
  realIpHeader: otherNameOf("trustProxy"),
  clientMaxSize: otherNameOf("bodyLimit"),
  maxBufferSize: otherNameOf("bodyLimit"),
  maxUploadSize: otherNameOf("bodyLimit"),
  keepaliveTimeout: otherNameOf("keepAliveTimeout"),
  keepaliveExpiry: otherNameOf("keepAliveTimeout"),
  maxKeepaliveRequests: otherNameOf("maxRequestsPerSocket"),
  maxKeepaliveTime: otherNameOf("keepAliveTimeout"),
  charset: otherNameOf("contentType"),
  ssl: otherNameOf("tls"),
  https: otherNameOf("tls"),
  logger: otherNameOf("accessLog"),
  handlerTimeout: otherNameOf("timeoutSeconds"),
};
