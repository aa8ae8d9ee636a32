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

/** The key under which a Fastify request keeps its own. */
export const openRequest: unique symbol = Symbol("tomodachi.request");

/** Which requests the access log leaves out: none (false), all (true), or those with a status in the list. */
export type IgnoreLogging = boolean | readonly number[];

/** Called at the end of a request. */
export interface RequestWatcher {
  /** Whether it needs the `times` of requests. Reading the clock costs time for each request. */
  readonly asksForTimes: boolean;
  /** `answered`: true if the whole answer was sent; false if the client disconnected. */
  closed(open: OpenRequest, answered: boolean): void;
}

export class OpenRequest implements RequestOfContext, Placed {
  place = -1;
  readonly request: HttpRequest;
  readonly reply: FastifyReply;
  /** Aborts the run of the handler when the client disconnects. */
  readonly abort: RunAbort = new RunAbort();
  /** Undefined if the access log is off. */
  readonly times: RequestTimes | undefined;
  /** The path in the decorator; "" if no route matched. */
  route = "";
  /** The error that an `@httpError` handler answers. */
  error: unknown;
  ignoreLogging: IgnoreLogging = false;
  /** Why the server ended the connection; undefined if it did not. */
  trouble: string | undefined;
  /** Called when the request ends; undefined while it waits for its turn. */
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
    // Runs before Node's own listener, which removes the socket from the response.
    raw.prependListener("finish", finished);
    raw.on("close", closed);
  }

  /** Calls `done` when the earlier requests on its connection allow it to begin. */
  begin(done: () => void): void {
    const { raw } = this.request;
    // HTTP/2 streams may be answered in any order.
    if (raw.httpVersionMajor >= 2) done();
    else ConnectionTurns.of(raw).take(this, done);
  }

  /** The request has become a web socket, so no HTTP answer follows. */
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

  /** Whether an answer is possible: the client is connected, and nothing was answered yet. */
  get isAnswerable(): boolean {
    const { reply } = this;
    return !reply.sent && !reply.raw.headersSent && !reply.raw.destroyed;
  }

  /** Closes the connection with the answer. HTTP/2 has no such header, so there the session is closed. */
  closeConnection(): void {
    const { raw } = this.reply;
    if (raw.headersSent || this.request.raw.httpVersionMajor >= 2) return;
    raw.setHeader("connection", "close");
  }

  static of(request: unknown): OpenRequest {
    return (request as { readonly [openRequest]: OpenRequest })[openRequest];
  }
}

/** Node also emits "finish" for an answer whose last write failed, and for an HTTP/2 stream that the client reset. */
function finished(this: ServerResponse & { readonly stream?: Pick<ServerHttp2Stream, "rstCode"> }): void {
  const { stream } = this;
  const isWhole = stream ? stream.rstCode === 0 : this.socket?.destroyed !== true;
  OpenRequest.of(this).end(isWhole);
}

/** A close without a finish before it means that the client disconnected. */
function closed(this: ServerResponse): void {
  OpenRequest.of(this).end(false);
}
