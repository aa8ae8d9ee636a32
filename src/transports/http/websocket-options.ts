/** The options of `@websocket`, and what is made of them. */
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

/** Schemas of any Standard Schema library. */
export interface WebSocketSchema {
  readonly params?: StandardSchema | undefined;
  readonly query?: StandardSchema | undefined;
  /** For each message, which has to be JSON; the handler gets the schema's output. One that does not fit ends the connection (1007). */
  readonly message?: StandardSchema | undefined;
}

/** The options of `@websocket`. */
export interface WebSocketOptions {
  readonly schema?: WebSocketSchema | undefined;
  /** What the handler accepts: strings, Buffers or both. Another message ends the connection (1003). @default "text" */
  readonly messages?: WebSocketMessages | undefined;
  /** A longer message ends the connection (1009). @default "1MB" */
  readonly maxMessageSize?: ByteSize | undefined;
  /** When more than this waits for a client that does not read, the connection ends. @default "16MB" */
  readonly maxBuffered?: ByteSize | undefined;
  /** How often the client is asked for a sign of life; without one until the next time the connection ends. @default "30s" */
  readonly pingInterval?: Duration | undefined;
  /** The subprotocols that the handler knows, the best first. @default none */
  readonly protocols?: readonly string[] | undefined;
  /**
   * Whose pages may connect: a list such as ["https://shop.example.com"], or "*". Browsers let every page open a web socket, with the
   * cookies of the other site. @default pages of the host itself; a client that is no browser names no origin
   */
  readonly origins?: "*" | readonly string[] | undefined;
  /** Compresses messages (permessage-deflate), which costs memory for each connection. @default false */
  readonly compression?: boolean | undefined;
  /** No line in the access log. @default false */
  readonly ignoreLogging?: boolean | undefined;
  /** Its descriptions in the OpenAPI document, beside its schemas. */
  readonly openapi?: RouteDescription | undefined;
}

/** A handler of `@websocket`, complete. */
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
  // A browser opens web sockets by HTTP/1.1, which a server of HTTP/2 speaks only where TLS agrees on it.
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
