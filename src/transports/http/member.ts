/** One service with HTTP handlers, and its requests that are not answered yet. It is part of a server, or of an application of the user. */
import { ServiceError } from "../../service/errors.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { atMost } from "../../util/within.ts";
import { AccessLog } from "./access-log.ts";
import { HttpFailures } from "./failures.ts";
import { HttpError } from "./http-error.ts";
import type { OpenRequest } from "./open-request.ts";
import { OpenRequests } from "./open-requests.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import type { HttpMember } from "./scope.ts";
import { ServiceRoutes } from "./service-routes.ts";
import { Connections } from "./websocket/connections.ts";

/**
 * How long handlers may still answer after their signals have aborted at a stop, in milliseconds. After that they are answered with 503.
 */
const lastAnswersMs = 200;

export class ServiceMember implements HttpMember {
  readonly service: string;
  readonly options: ResolvedHttp;
  readonly failures: HttpFailures;
  readonly routes: ServiceRoutes;
  readonly open: OpenRequests = new OpenRequests();
  readonly sockets: Connections = new Connections();
  readonly #accessLog: AccessLog | undefined;
  #stopping = false;

  constructor(context: ServiceContext, options: ResolvedHttp) {
    const { logger, clock, name } = context;
    this.service = name;
    this.options = options;
    this.failures = new HttpFailures({ logger, clock, contentType: options.contentType });
    const accessLog = options.accessLog ? new AccessLog(logger) : undefined;
    this.#accessLog = accessLog;
    this.routes = new ServiceRoutes({
      context,
      options,
      failures: this.failures,
      sockets: { all: this.sockets, ended: async (open, connection) => accessLog?.ended(open, connection) },
    });
  }

  get asksForTimes(): boolean {
    return this.#accessLog !== undefined;
  }

  get endpoints(): HttpMember["endpoints"] {
    return this.routes.endpoints;
  }

  opened(open: OpenRequest): void {
    this.open.add(open);
    const { serverHeader } = this.options;
    if (serverHeader !== undefined) open.reply.header("server", serverHeader);
    if (this.#stopping) open.closeConnection();
  }

  closed(open: OpenRequest, answered: boolean): void {
    this.open.delete(open);
    if (!answered) open.abort.abort(clientGone());
    this.#accessLog?.write(open, answered);
  }

  /** From now on every answer closes its connection. */
  stop(): void {
    this.#stopping = true;
    for (const open of this.open) open.closeConnection();
  }

  /** Ends the runs when the signal aborts, and answers for handlers that do not answer themselves. */
  async endRuns(signal: AbortSignal): Promise<void> {
    const ended = this.routes.drain(signal);
    if (this.open.size > 0) {
      await atMost(this.open.ended(), lastAnswersMs);
      const error = new HttpError(503, "The service is stopping.");
      for (const open of this.open) void this.failures.answer(open, error, "fastify");
    }
    await ended;
  }
}

/** The reason with which the signal of a handler aborts if the client disconnects. */
function clientGone(): ServiceError {
  return new ServiceError("ERR_HTTP_CLIENT_GONE", "The client closed the connection before it got its response.");
}
