/** Makes the Fastify application of a server. Fastify is loaded here, and only here, when a service with handlers of HTTP starts. */
import { randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyBaseLogger, FastifyInstance, FastifyServerOptions } from "fastify";
import type { Logger } from "../../log/logger.ts";
import { problemBody } from "./failures.ts";
import type { ResolvedServer } from "./resolve-options.ts";
import { type HttpMember, openOf } from "./scope.ts";

/** A parameter of a path, in characters: tokens and names of files fit. */
const longestParameter = 2048;

export interface FastifyAppSettings {
  readonly server: ResolvedServer;
  readonly logger: Logger;
  /** Which service answers requests without a route, such as a path that cannot be decoded. */
  readonly first: HttpMember;
  /** Whether the client treats an answer on this connection as the answer to its last request. */
  mayRefuse(socket: Socket): boolean;
}

export async function createFastifyApp(settings: FastifyAppSettings): Promise<FastifyInstance> {
  const { fastify, LogController } = await import("fastify");
  const { server, first, logger } = settings;
  const { limits, tls, http2 } = server;
  // Plugins log by it. Without them it would only cost each request something: handlers have the logger of their context.
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
    // A stop answers what comes until then; see HttpServer.drain.
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

/** How often Node checks for late requests, in milliseconds. By default every 30 s, which is too rare for a short limit. */
function lookEvery(...limits: readonly number[]): number {
  return Math.min(30_000, Math.max(50, Math.min(...limits) / 4));
}

/** No two requests have the same id, in any process; a random one for each would cost as much as the routing. */
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

/** Invalid HTTP, or a request without an end: Fastify has no request for it. */
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
  // Otherwise these bytes would be the answer to a request before, or a part of it.
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
