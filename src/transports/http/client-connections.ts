/** The connections of one server: which of them wait for an answer, and how they end at a stop. */
import type { EventEmitter } from "node:events";
import type { Http2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { wait } from "../../util/wait.ts";
import type { OpenRequest } from "./open-request.ts";
import type { ResolvedServer } from "./resolve-options.ts";
import type { HttpMember } from "./scope.ts";
import { StalledClients } from "./stalled-clients.ts";

/** How long a connection without a request stays open at a stop, in milliseconds, because a request may be in transit. */
const idleMs = 500;

export class ClientConnections {
  readonly #members: ReadonlySet<HttpMember>;
  readonly #options: ResolvedServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<Http2Session>();
  readonly #stalled: StalledClients;

  constructor(members: ReadonlySet<HttpMember>, options: ResolvedServer) {
    this.#members = members;
    this.#options = options;
    this.#stalled = new StalledClients(options.limits, () => this.#requests());
  }

  /** Call it before the server listens. */
  watch(server: Server): void {
    const { tls, limits } = this.#options;
    const { maxConnections } = limits;
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => kept(this.#sockets, socket));
    server.on("session", (session: Http2Session) => kept(this.#sessions, session));
    server.on("listening", () => this.#stalled.start());
    server.on("close", () => this.#stalled.stop());
  }

  /** Whether no request on the connection waits for an answer, except the one whose body caused the error. */
  mayRefuse(socket: Socket): boolean {
    const open = [...this.#requests()].filter(({ request }) => request.raw.socket === socket);
    const [only] = open;
    return open.length === 0 || (open.length === 1 && only?.request.raw.complete === false && only.isAnswerable);
  }

  /** Closes the HTTP/2 sessions; each ends when its streams have ended. */
  closeSessions(): void {
    for (const session of this.#sessions) session.close();
  }

  /** Ends the connections without a request, after a short time in which a request in transit may arrive. */
  async endIdle(signal: AbortSignal): Promise<void> {
    if (this.#sockets.size === 0) return;
    await this.#untilNone(signal);
    // One pass over the requests, because there may be thousands of requests and connections.
    const busy = new Set([...this.#requests()].map(({ request }) => request.raw.socket));
    const members = [...this.#members];
    for (const socket of this.#sockets) {
      const isBusy = busy.has(socket) || members.some(({ sockets }) => sockets.has(socket));
      if (!isHttp2(socket) && !isBusy) socket.destroySoon();
    }
  }

  destroy(): void {
    this.#stalled.stop();
    for (const socket of this.#sockets) socket.destroy();
  }

  *#requests(): Generator<OpenRequest> {
    for (const { open } of this.#members) yield* open;
  }

  async #untilNone(signal: AbortSignal): Promise<void> {
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    const enough = new AbortController();
    await Promise.race([Promise.all(closed), wait(idleMs, AbortSignal.any([signal, enough.signal]))]);
    enough.abort();
  }
}

function kept<T extends EventEmitter>(all: Set<T>, one: T): void {
  all.add(one);
  one.once("close", () => all.delete(one));
}

function isHttp2(socket: Socket): boolean {
  return (socket as Partial<TLSSocket>).alpnProtocol === "h2";
}
