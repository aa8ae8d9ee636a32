/** `options.http` of a service, as a user writes it. */
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

/** A Fastify plugin, alone or as a pair with its options. */
export type HttpPlugin =
  | FastifyPluginAsync<never>
  | FastifyPluginCallback<never>
  | readonly [plugin: FastifyPluginAsync<never> | FastifyPluginCallback<never>, options: object];

/** `options.http` of a service. */
export interface HttpServiceOptions {
  /**
   * The port to listen on. 0 is any free port, which the log names. Services of one run with the same port share one server. The variable
   * `TOMODACHI_HTTP_PORT` overrides it.
   * @default 9700
   */
  readonly port?: number | undefined;
  /** The address to listen on. The variable `TOMODACHI_HTTP_HOST` overrides it. @default "0.0.0.0", all IPv4 addresses */
  readonly host?: string | undefined;
  /** false: no port is opened, and only `app.http` of the testing kit reaches the handlers. @default true */
  readonly listen?: boolean | undefined;
  /**
   * true: several processes may listen on the same port, and the kernel distributes the connections. It needs Node 22.12 or 23.1. @default
   * false
   */
  readonly reusePort?: boolean | undefined;
  /** The largest body of a request. A larger one is answered with 413. `bodyLimit` of a decorator overrides it. @default "1MB" */
  readonly bodyLimit?: ByteSize | undefined;
  /** The time limit of a handler, in seconds. After it the signal aborts, and the answer is 503. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** Whether the logger of the service writes a line for each request. @default true */
  readonly accessLog?: boolean | undefined;
  /**
   * Proxies whose headers `X-Forwarded-For`, `-Proto` and `-Host` are trusted: addresses or networks ("10.0.0.0/8", "loopback"), or true
   * for every client. `request.ip` is then the last address that is not such a proxy, so a client cannot choose it.
   * @default false: `request.ip` is the address of the connection
   */
  readonly trustProxy?: boolean | string | readonly string[] | undefined;
  /**
   * The header that becomes `requestId`, such as "x-request-id". A client that sends this header chooses the id. @default none: each
   * request gets a new id
   */
  readonly requestIdHeader?: string | undefined;
  /** How long a connection without a request stays open. @default "72s" */
  readonly keepAliveTimeout?: Duration | undefined;
  /** How long a client may take to send a whole request with its body. After that the answer is 408. @default "300s", as in Node */
  readonly requestTimeout?: Duration | undefined;
  /**
   * How long a client may take to send the headers. After that the answer is 408. It is never longer than `requestTimeout`. @default "60s",
   * as in Node
   */
  readonly headersTimeout?: Duration | undefined;
  /** Closes a connection that carried no byte in either direction for this long, also during an answer. @default no limit */
  readonly connectionTimeout?: Duration | undefined;
  /** Disconnects a client that reads nothing of its answer for this long; false for no limit. @default "60s" */
  readonly sendTimeout?: Duration | false | undefined;
  /** Closes a connection after this many requests. @default no limit */
  readonly maxRequestsPerSocket?: number | undefined;
  /** The most open connections. Further ones are closed at once. @default no limit */
  readonly maxConnections?: number | undefined;
  /** The largest total size of a request's headers. Above it the answer is 431. @default "16KB" */
  readonly maxHeaderSize?: ByteSize | undefined;
  /** The content type of strings that handlers return. @default "text/plain; charset=utf-8" */
  readonly contentType?: string | undefined;
  /** The header `Server` of each answer. @default none: there is no such header */
  readonly serverHeader?: string | undefined;
  /** Options of Node's `https.createServer`, such as `key` and `cert`, or `pfx`. @default none: no TLS */
  readonly tls?: TlsOptions | undefined;
  /** Whether the server speaks HTTP/2. With `tls` it also answers clients that know only HTTP/1.1. @default false */
  readonly http2?: boolean | undefined;
  /**
   * Fastify plugins, which are registered in this order before the handlers. They apply only to the handlers of this service. @default none
   */
  readonly plugins?: readonly HttpPlugin[] | undefined;
  /**
   * A Fastify application of your own, to which the handlers are added. The application itself listens and closes. Call `runServices()`
   * before its `ready()` or `listen()`. Options of the server (port, tls, ...) cannot be set beside it.
   * @default a new application
   */
  readonly app?: FastifyInstance | undefined;
  /** A prefix for the paths of all handlers, such as "/api". @default none */
  readonly prefix?: string | undefined;
  /**
   * Serves an OpenAPI 3.1 document, which is made from the routes and their schemas, and a page that shows it. true uses the defaults. The
   * middleware of the service wraps both.
   * @default false, because it shows all routes to every client
   */
  readonly openapi?: boolean | HttpOpenApiOptions | undefined;
}

/** `options.http.openapi`. */
export interface HttpOpenApiOptions {
  /** The title of the document. @default the name of the service */
  readonly title?: string | undefined;
  /** The version of your interface, not of OpenAPI. @default "1.0.0" */
  readonly version?: string | undefined;
  /** Words at the beginning. Paragraphs, `code` and **bold** are shown. @default none */
  readonly description?: string | undefined;
  /** The path of the document, after the prefix. @default "/openapi.json" */
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

/** A line break would begin a second header. */
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
  // Names in Python, and in other servers.
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
