/** One handler of `@websocket`. Each connection is one run of it, from the request to the close. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Handler } from "../../service/handler.ts";
import type { HandlerRunner, RunHandler } from "../../service/handler-runner.ts";
import type { HttpFailures } from "./failures.ts";
import type { HandlerSockets } from "./handler-sockets.ts";
import { HttpError } from "./http-error.ts";
import { OpenRequest } from "./open-request.ts";
import { answerOf, discardResult, sendAnswer } from "./result.ts";
import { PausableRuns, type RouteEndpoint } from "./route-endpoint.ts";
import type { ResolvedRoute } from "./route-options.ts";
import type { Connection } from "./websocket/connection.ts";
import { conversation } from "./websocket-conversation.ts";
import type { ResolvedWebSocket } from "./websocket-options.ts";

export interface WebSocketEndpointSettings {
  readonly handler: Pick<Handler<unknown>, "name" | "label" | "call" | "logger">;
  readonly options: ResolvedWebSocket;
  readonly sockets: HandlerSockets;
  readonly runner: HandlerRunner;
  readonly failures: HttpFailures;
  /** The content type of strings that middleware answers with. */
  readonly contentType: string;
  /** Called when an open connection has ended. */
  ended(open: OpenRequest, connection: Connection): Promise<void>;
}

export class WebSocketEndpoint implements RouteEndpoint {
  readonly name: string;
  readonly route: ResolvedRoute;
  readonly isWebSocket = true;
  readonly runs: PausableRuns = new PausableRuns();
  readonly #settings: WebSocketEndpointSettings;
  readonly #run: RunHandler;

  constructor(settings: WebSocketEndpointSettings) {
    const { handler, options, runner } = settings;
    this.#settings = settings;
    this.name = handler.name;
    this.route = options.route;
    this.#run = runner.prepare({ ...handler, call: conversation(handler, options) });
  }

  get text(): string {
    return `GET ${this.route.pattern.text} (web socket)`;
  }

  open(): Promise<void> {
    return this.#settings.sockets.load();
  }

  pause(reason: string): Promise<void> {
    const paused = this.runs.pause(reason);
    this.#settings.sockets.leave();
    return paused;
  }

  resume(): void {
    this.runs.resume();
  }

  readonly handle = (request: FastifyRequest, reply: FastifyReply): void => {
    void this.#answer(OpenRequest.of(request), reply);
  };

  /** Answers a request. Never rejects. */
  async #answer(open: OpenRequest, reply: FastifyReply): Promise<void> {
    const { failures, contentType } = this.#settings;
    open.route = this.route.pattern.text;
    open.ignoreLogging = this.route.ignoreLogging;
    try {
      if (this.runs.paused) throw new HttpError(503, "This handler is paused.");
      const returned = await this.#connect(open);
      // Middleware has answered without opening a connection.
      if (!open.isAnswerable) discardResult(returned);
      else sendAnswer(reply, answerOf(returned), contentType, (error) => failures.broken(open, error));
    } catch (error) {
      await failures.answer(open, error, "handler").catch(() => reply.raw.destroy());
    }
  }

  /**
   * Resolves when the connection has ended. Without a connection it resolves with what middleware returned. @throws what has to be answered
   */
  async #connect(open: OpenRequest): Promise<unknown> {
    const { sockets, failures } = this.#settings;
    const { request, reply, route, abort } = open;
    const connection = sockets.begin(open);
    this.runs.began();
    try {
      const values = { request, reply, route, error: undefined, socket: connection };
      const run = { data: request, message: request, values, abort, requestHeaders: request.headers };
      const result = await this.#run(run);
      if (!connection.wasOpened) {
        if (result.kind === "returned") return result.value;
        throw result.error;
      }
      if (result.kind === "failed") failures.told(open, result.error);
      await this.#end(open, connection, result.kind === "returned" ? 1000 : 1011);
      return undefined;
    } finally {
      sockets.end(connection);
      this.runs.ended();
    }
  }

  /** Middleware may have failed while the connection is open. */
  async #end(open: OpenRequest, connection: Connection, code: number): Promise<void> {
    if (connection.isOpen) await connection.close(code);
    await this.#settings.ended(open, connection);
  }
}
