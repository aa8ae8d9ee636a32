/** The context of an HTTP handler: its types and its class. */
import type { FastifyReply } from "fastify";
import type { Logger } from "../../log/logger.ts";
import type { MessageContext } from "../../service/context.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import type { Next } from "../../service/middleware.ts";
import type { CreateRunContext, RunContextSettings } from "../../service/run-context.ts";
import type { HttpRequest } from "./route-types.ts";
import type { WebSocketConnection } from "./websocket/types.ts";

/** The second argument of a handler of `@http`. */
export interface HttpContext extends MessageContext {
  /** The request; it is also the first argument. */
  readonly request: HttpRequest;
  /** Fastify's reply, for what plugins add to it, such as cookies. It sends what the handler returns. */
  readonly reply: FastifyReply;
  /**
   * Identifies the request in the log. It comes from the header in `options.http.requestIdHeader`, if that is set, otherwise it is a new
   * id.
   */
  readonly requestId: string;
  /** The path in the decorator. */
  readonly route: string;
  /** The id of the request. With `options.asyncContext`, what the handler publishes carries it. */
  readonly correlationId: string;
  /** The headers of the request. */
  readonly headers: HttpRequest["headers"];
  /** Only for a handler of `@httpError`: the error that it answers. */
  readonly error: unknown;
}

/** The second argument of a handler of `@websocket`. Its `signal` aborts when the connection has ended. */
export interface WebSocketContext extends HttpContext {
  /** The web socket. */
  readonly socket: WebSocketConnection;
}

/** The second argument of `httpMiddleware`. */
export interface HttpCall {
  /** The service that answers. */
  readonly service: ServiceInstance;
  /** The request. */
  readonly message: HttpRequest;
  /** The context that the handler will get. */
  readonly context: HttpContext;
}

/**
 * A function that wraps `@http` handlers; the first one is the outermost. Its result is the response: if it does not call `next`, it
 * answers instead of the handler. It runs before the schemas of the handler are checked, so it can check the caller first.
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

/** What the context needs to know about a request. */
export interface RequestOfContext {
  readonly request: HttpRequest;
  readonly reply: FastifyReply;
  readonly route: string;
  readonly error: unknown;
}

/** Its members are getters of the class, so that middleware cannot replace them; see `addValues`. */
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

/** What the context of a web socket needs to know about a request. */
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
