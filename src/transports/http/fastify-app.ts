/** Creates the Fastify application of a server. Fastify is loaded only here, when a service with HTTP handlers starts. */
import { randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyBaseLogger, FastifyInstance, FastifyServerOptions } from "fastify";
import type { Logger } from "../../log/logger.ts";
import { problemBody } from "./failures.ts";
import type { ResolvedServer } from "./resolve-options.ts";
import { type HttpMember, openOf } from "./scope.ts";

/** The longest parameter of a path, in characters. Tokens and file names fit. */
const longestParameter = 2048;

export interface FastifyAppSettings {
  readonly server: ResolvedServer;
  readonly logger: Logger;
  /** The service that answers requests without a route, such as a path that cannot be decoded. */
  readonly first: HttpMember;
  /** Whether a client would read an answer on this connection as the answer to its latest request. */
  mayRefuse(socket: Socket): boolean;
}

export async function createFastifyApp(settings: FastifyAppSettings): Promise<FastifyInstance> {
  const { fastify, LogController } = await import("fastify");
  const { server, first, logger } = settings;
  const { limits, tls, http2 } = server;
  // Plugins use this logger. Without plugins it is off, because it costs time for each request, and handlers use the logger of their
  // context.
  const logs = first.options.plugins.length > 0;
  const { keepAliveTimeout, requestTimeout, headersTimeout, connectionTimeout, maxRequestsPerSocket } = limits;
  const connectionsCheckingInterval = lookEvery(headersTimeout, requestTimeout);
  const nodeOptions = {
    maxHeaderSize: limits.maxHeaderSize,
    headersTimeout,
    requestTimeout,
    connectionsCheckingInterval,
  };
  const options: FastifyServerOptions = {
    ...(logs && { loggerInstance: logger as never, childLoggerFactory: (parent: FastifyBaseLogger) => parent }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    requestIdHeader: server.requestIdHeader,
    trustProxy: server.trustProxy,
    keepAliveTimeout,
    requestTimeout,
    connectionTimeout,
    maxRequestsPerSocket,
    // A stop answers the requests that still arrive; see HttpServer.drain.
    return503OnClosing: false,
    routerOptions: { maxParamLength: longestParameter },
    frameworkErrors: (error, request, reply) => {
      void first.failures.answer(openOf(first, request, reply), error, "fastify");
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, settings),
  };
  const kind = {
    ...(http2 ? { http2: true } : { http: tls ? null : nodeOptions }),
    ...(tls ? { https: { ...nodeOptions, ...tls, ...(http2 && { allowHTTP1: true }) } } : {}),
  };
  return fastify({ ...options, ...kind } as FastifyServerOptions);
}

/** How often Node checks for late requests, in milliseconds. Node's default of 30 s is too rare for a short limit. */
function lookEvery(...limits: readonly number[]): number {
  return Math.min(30_000, Math.max(50, Math.min(...limits) / 4));
}

/** No two requests get the same id, in any process. A random id for each request would take as long as the routing. */
function requestIds(): () => string {
  const prefix = randomBytes(9).toString("base64url");
  let last = 0;
  return () => `${prefix}-${(++last).toString(36)}`;
}

const statusOfCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers invalid HTTP, or a request that does not end. Fastify has no request object for it. */
function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { logger, mayRefuse }: FastifyAppSettings,
): void {
  const { code = "" } = error;
  if (code === "ECONNRESET" || socket.destroyed) return;
  const status = statusOfCode[code] ?? 400;
  logger.info(
    { statusCode: status, remoteIp: socket.remoteAddress, reason: code || error.message },
    `bad HTTP request ${status}`,
  );
  // Otherwise the client would read these bytes as the answer to an earlier request, or as a part of it.
  if (socket.writable && mayRefuse(socket)) socket.write(rawAnswer(status));
  socket.destroySoon();
}

function rawAnswer(status: number): string {
  const body = problemBody(status);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: application/problem+json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
