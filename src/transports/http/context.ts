/** The context of an HTTP handler: its types, and the object. */
import type { FastifyReply } from "fastify";
import type { Logger } from "../../log/logger.ts";
import type { MessageContext } from "../../service/context.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import type { Next } from "../../service/middleware.ts";
import type { CreateRunContext, RunContextSettings } from "../../service/run-context.ts";
import type { HttpRequest } from "./route-types.ts";
import type { WebSocketConnection } from "./websocket/types.ts";

/** The second parameter of a handler of `@http`. */
export interface HttpContext extends MessageContext {
  readonly request: HttpRequest;
  /** Fastify's reply, for what plugins add to it, such as cookies. What the handler returns is sent by it. */
  readonly reply: FastifyReply;
  /** Identifies the request in the log. From the header that `options.http.requestIdHeader` names, else a new one. */
  readonly requestId: string;
  /** The path as written in the decorator. */
  readonly route: string;
  /** The id of the request: with `options.asyncContext` what the handler publishes carries it. */
  readonly correlationId: string;
  /** Those of the request. */
  readonly headers: HttpRequest["headers"];
  /** Only for a handler of `@httpError`: what it answers for. */
  readonly error: unknown;
}

/** The second parameter of a handler of `@websocket`. Its `signal` aborts when the connection has ended. */
export interface WebSocketContext extends HttpContext {
  readonly socket: WebSocketConnection;
}

/** The argument of `httpMiddleware`. */
export interface HttpCall {
  readonly service: ServiceInstance;
  readonly message: HttpRequest;
  readonly context: HttpContext;
}

/**
 * Wraps handlers of `@http`; the first is the outermost. What it returns is the response: without a call of `next` it answers itself. It
 * runs before the schemas of the handler, as a check of the caller should.
 *
 * @example
 * ```ts
 * const onlyMembers: HttpMiddleware = (next, { context }) => {
 *   if (context.headers.authorization === undefined) throw new HttpError(401);
 *   return next({ member: "ada" });
 * };
 * ```
 */
export type HttpMiddleware = (next: Next, call: HttpCall) => unknown;

/** What a request is to its context. */
export interface RequestOfContext {
  readonly request: HttpRequest;
  readonly reply: FastifyReply;
  readonly route: string;
  readonly error: unknown;
}

/** Its members are getters of the class, where middleware cannot replace them; see `addValues`. */
export class HttpRunContext {
  readonly #settings: RunContextSettings;
  readonly #of: RequestOfContext;
  #logger: Logger | undefined;

  static readonly create: CreateRunContext = (settings) => new HttpRunContext(settings) as unknown as HttpContext;

  constructor(settings: RunContextSettings) {
    this.#settings = settings;
    this.#of = settings.values as RequestOfContext;
  }

  get service(): ServiceInstance {
    return this.#settings.service;
  }

  get message(): HttpRequest {
    return this.#of.request;
  }

  get request(): HttpRequest {
    return this.#of.request;
  }

  get reply(): FastifyReply {
    return this.#of.reply;
  }

  get signal(): AbortSignal {
    return this.#settings.abort.signal;
  }

  get logger(): Logger {
    this.#logger ??= this.#settings.logger.child({ requestId: this.requestId });
    return this.#logger;
  }

  get requestId(): string {
    return this.#of.request.id;
  }

  get correlationId(): string {
    return this.#of.request.id;
  }

  get headers(): HttpRequest["headers"] {
    return this.#of.request.headers;
  }

  get route(): string {
    return this.#of.route;
  }

  get error(): unknown {
    return this.#of.error;
  }
}

/** What a request is to the context of a web socket. */
export interface ConnectionOfContext extends RequestOfContext {
  readonly socket: WebSocketConnection;
}

export class WebSocketRunContext extends HttpRunContext {
  readonly #socket: WebSocketConnection;

  static override readonly create: CreateRunContext = (settings) =>
    new WebSocketRunContext(settings) as unknown as WebSocketContext;

  constructor(settings: RunContextSettings) {
    super(settings);
    this.#socket = (settings.values as ConnectionOfContext).socket;
  }

  get socket(): WebSocketConnection {
    return this.#socket;
  }
}
