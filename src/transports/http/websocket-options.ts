/** The options of `@websocket`, and how they are resolved. */
import { refuseProblems } from "../../service/errors.ts";
import { isStandardSchema, type StandardSchema } from "../../service/standard-schema.ts";
import { type FieldCheck, type FieldChecks, fieldProblems, flag, oneOf, otherNameOf } from "../../util/check-fields.ts";
import { type Duration, durationWithin, parseDuration } from "../../util/duration.ts";
import type { RouteDescription } from "./openapi/document.ts";
import { type HttpPath, pathPattern } from "./path.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import { type HttpTrigger, openApiCheck, type ResolvedRoute, withPrefix } from "./route-options.ts";
import { type ByteSize, parseSize, sizeWithin } from "./size.ts";
import type { HandshakeOptions } from "./websocket/handshake.ts";
import type { WebSocketMessages } from "./websocket/types.ts";

/** Schemas of any Standard Schema library. The handler receives their output. */
export interface WebSocketSchema {
  /** For the parameters of the path. A request that does not fit is answered with 400. */
  readonly params?: StandardSchema | undefined;
  /** For the query. A request that does not fit is answered with 400. */
  readonly query?: StandardSchema | undefined;
  /** For each message, which has to be JSON. A message that does not fit ends the connection (code 1007). */
  readonly message?: StandardSchema | undefined;
}

/** The options of `@websocket`. */
export interface WebSocketOptions {
  /** Schemas for the request and for the messages. @default none: nothing is checked */
  readonly schema?: WebSocketSchema | undefined;
  /**
   * Which messages the handler accepts: strings ("text"), Buffers ("bytes") or both ("any"). Any other message ends the connection (code
   * 1003). @default "text"
   */
  readonly messages?: WebSocketMessages | undefined;
  /** The largest message. A larger one ends the connection (code 1009). @default "1MB" */
  readonly maxMessageSize?: ByteSize | undefined;
  /** How much may wait in memory for a client that does not read. Above it the connection ends. @default "16MB" */
  readonly maxBuffered?: ByteSize | undefined;
  /** How often the client is pinged. If nothing arrives before the next ping, the connection ends. @default "30s" */
  readonly pingInterval?: Duration | undefined;
  /** The subprotocols that the handler supports, the preferred one first. @default none */
  readonly protocols?: readonly string[] | undefined;
  /**
   * Which web pages may connect: a list of origins such as ["https://shop.example.com"], or "*" for all. Browsers let every page open a web
   * socket, and send the cookies of your site with it. A client that is not a browser names no origin and is accepted.
   * @default pages of the host itself
   */
  readonly origins?: "*" | readonly string[] | undefined;
  /** Compresses messages (permessage-deflate). It costs memory for each connection. @default false */
  readonly compression?: boolean | undefined;
  /** Whether the access log leaves out this handler. @default false */
  readonly ignoreLogging?: boolean | undefined;
  /** Describes the route in the OpenAPI document, beside its schemas. @default only the schemas */
  readonly openapi?: RouteDescription | undefined;
}

/** The complete options of a handler of `@websocket`. */
export interface ResolvedWebSocket {
  readonly route: ResolvedRoute;
  readonly schema: WebSocketSchema;
  readonly messages: WebSocketMessages;
  readonly handshake: HandshakeOptions;
  readonly maxBufferedBytes: number;
  readonly pingMs: number;
}

const schema: FieldCheck = { expected: "a schema of a Standard Schema library", fits: isStandardSchema };

const protocols: FieldCheck = {
  expected: "a list of names without spaces and commas",
  fits: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(one)),
};

const origins: FieldCheck = {
  expected: 'a list of origins such as ["https://shop.example.com"], or "*"',
  fits: (value) => value === "*" || (Array.isArray(value) && value.every(isOrigin)),
};

function isOrigin(value: unknown): boolean {
  return value === "null" || (typeof value === "string" && URL.canParse(value) && new URL(value).origin === value);
}

const checks: FieldChecks = {
  schema: {
    expected: "an object with params, query and message",
    fits: (value) => typeof value === "object" && value !== null,
    fields: { params: schema, query: schema, message: schema, body: otherNameOf("message") },
  },
  messages: oneOf("text", "bytes", "any"),
  maxMessageSize: sizeWithin(1, 1024 ** 3),
  maxBuffered: sizeWithin(1, 1024 ** 3),
  pingInterval: durationWithin(100, 3_600_000),
  protocols,
  origins,
  compression: flag,
  ignoreLogging: flag,
  openapi: openApiCheck,
  maxPayload: otherNameOf("maxMessageSize"),
  bodyLimit: otherNameOf("maxMessageSize"),
  heartbeat: otherNameOf("pingInterval"),
  perMessageDeflate: otherNameOf("compression"),
  allowedOrigins: otherNameOf("origins"),
};

type WebSocketTrigger = Extract<HttpTrigger, { readonly kind: "websocket" }>;

/** @throws ConfigurationError that lists every problem */
export function resolveWebSocket(trigger: WebSocketTrigger, service: ResolvedHttp, label: string): ResolvedWebSocket {
  const given = trigger.options ?? {};
  const { server } = service;
  // A browser opens web sockets with HTTP/1.1. A server for HTTP/2 accepts that only if TLS negotiates it.
  const protocolProblem =
    server.http2 && !server.tls
      ? ["a web socket needs HTTP/1.1. Set options.http.tls together with options.http.http2."]
      : [];
  const options = given as WebSocketOptions;
  const bytesProblem =
    options.schema?.message && (options.messages ?? "text") !== "text"
      ? ["options.schema.message reads JSON, which is text. Remove options.messages."]
      : [];
  refuseProblems(label, [...protocolProblem, ...fieldProblems(given, "options", checks), ...bytesProblem]);
  const path = withPrefix(service.prefix, trigger.path as HttpPath);
  const { ignoreLogging = false } = options;
  const route: ResolvedRoute = {
    methods: ["GET"],
    path,
    pattern: pathPattern(path, label),
    schema: { params: options.schema?.params, query: options.schema?.query },
    bodyLimit: service.bodyLimit,
    rawBody: false,
    timeoutSeconds: undefined,
    ignoreLogging,
    openapi: options.openapi ?? {},
  };
  return Object.freeze({
    route,
    schema: options.schema ?? {},
    messages: options.messages ?? "text",
    handshake: {
      maxMessageBytes: parseSize(options.maxMessageSize) ?? 1024 ** 2,
      protocols: options.protocols ?? [],
      origins: options.origins,
      compression: options.compression ?? false,
    },
    maxBufferedBytes: parseSize(options.maxBuffered) ?? 16 * 1024 ** 2,
    pingMs: parseDuration(options.pingInterval) ?? 30_000,
  });
}
