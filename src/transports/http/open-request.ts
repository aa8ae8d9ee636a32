/** One request from its arrival to the end of its answer. */
import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { FastifyReply } from "fastify";
import { RunAbort } from "../../service/run-abort.ts";
import type { Placed } from "../../util/roster.ts";
import { ConnectionTurns } from "./connection-turns.ts";
import type { RequestOfContext } from "./context.ts";
import { RequestTimes } from "./request-times.ts";
import type { HttpRequest } from "./route-types.ts";

/** Where a request of Fastify carries its own. */
export const openRequest: unique symbol = Symbol("tomodachi.request");

/** Which answers the access log leaves out: none, all, or those with a status of the list. */
export type IgnoreLogging = boolean | readonly number[];

/** Called at the end of a request. */
export interface RequestWatcher {
  /** It uses `times` of the request. Reading the clock costs each request something. */
  readonly asksForTimes: boolean;
  /** `answered`: the whole answer was sent; otherwise the client is disconnected. */
  closed(open: OpenRequest, answered: boolean): void;
}

export class OpenRequest implements RequestOfContext, Placed {
  place = -1;
  readonly request: HttpRequest;
  readonly reply: FastifyReply;
  /** Aborts the run of the handler when the client disconnects. */
  readonly abort: RunAbort = new RunAbort();
  /** Undefined where the access log is off. */
  readonly times: RequestTimes | undefined;
  /** As written in the decorator; "" where no route was found. */
  route = "";
  /** What an `@httpError` handler answers for. */
  error: unknown;
  ignoreLogging: IgnoreLogging = false;
  /** Why the server has ended the connection; undefined where it has not. */
  trouble: string | undefined;
  /** Called at its end; undefined while it waits for its turn. */
  turns: ConnectionTurns | undefined;
  readonly #watcher: RequestWatcher;
  #ended = false;

  constructor(request: HttpRequest, reply: FastifyReply, watcher: RequestWatcher) {
    this.request = request;
    this.reply = reply;
    this.#watcher = watcher;
    this.times = watcher.asksForTimes ? new RequestTimes() : undefined;
    const { raw } = reply;
    (raw as { [openRequest]?: OpenRequest })[openRequest] = this;
    // Before Node's own listener, which takes the response off its socket.
    raw.prependListener("finish", finished);
    raw.on("close", closed);
  }

  /** Calls it when the requests before it on its connection let it begin. */
  begin(done: () => void): void {
    const { raw } = this.request;
    // Streams of HTTP/2 are answered in any order.
    if (raw.httpVersionMajor >= 2) done();
    else ConnectionTurns.of(raw).take(this, done);
  }

  /** It has become a web socket, and no answer of HTTP follows. */
  upgraded(): void {
    this.reply.raw.statusCode = 101;
    this.reply.hijack();
    this.end(true);
  }

  /** Calls after the first one are ignored. */
  end(answered: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watcher.closed(this, answered);
    this.turns?.ended();
  }

  /** Whether something can be answered: the client is there, and nothing was answered yet. */
  get isAnswerable(): boolean {
    const { reply } = this;
    return !reply.sent && !reply.raw.headersSent && !reply.raw.destroyed;
  }

  /** The connection ends with the answer. HTTP/2 has no such header: there the session is closed. */
  closeConnection(): void {
    const { raw } = this.reply;
    if (raw.headersSent || this.request.raw.httpVersionMajor >= 2) return;
    raw.setHeader("connection", "close");
  }

  static of(request: unknown): OpenRequest {
    return (request as { readonly [openRequest]: OpenRequest })[openRequest];
  }
}

/** Node says "finish" of an answer whose last write has failed, too, and of a stream of HTTP/2 that the client has reset. */
function finished(this: ServerResponse & { readonly stream?: Pick<ServerHttp2Stream, "rstCode"> }): void {
  const { stream } = this;
  const isWhole = stream ? stream.rstCode === 0 : this.socket?.destroyed !== true;
  OpenRequest.of(this).end(isWhole);
}

/** Without a finish before it, the client has disconnected. */
function closed(this: ServerResponse): void {
  OpenRequest.of(this).end(false);
}
