/** The web sockets of one handler: how a request becomes a web socket, and what it needs until it ends. */
import type { FastifyReply } from "fastify";
import { hasCode, messageOf } from "../../errors.ts";
import type { Clock } from "../../util/clock.ts";
import { HttpError } from "./http-error.ts";
import type { OpenRequest } from "./open-request.ts";
import { closedError, tryAgainLater } from "./websocket/closes.ts";
import { Connection } from "./websocket/connection.ts";
import type { Connections } from "./websocket/connections.ts";
import { Handshakes } from "./websocket/handshake.ts";
import { Heartbeat } from "./websocket/heartbeat.ts";
import { upgradeOf } from "./websocket/upgrade.ts";
import type { ResolvedWebSocket } from "./websocket-options.ts";

export interface HandlerSocketsSettings {
  readonly options: ResolvedWebSocket;
  readonly clock: Clock;
  /** All web sockets of the service. */
  readonly all: Connections;
}

export class HandlerSockets {
  readonly #settings: HandlerSocketsSettings;
  readonly #heartbeat: Heartbeat;
  readonly #own = new Set<Connection>();
  #handshakes: Handshakes | undefined;

  constructor(settings: HandlerSocketsSettings) {
    this.#settings = settings;
    this.#heartbeat = new Heartbeat(settings.clock, settings.options.pingMs);
  }

  async load(): Promise<void> {
    this.#handshakes = await Handshakes.load(this.#settings.options.handshake);
  }

  /** Makes a connection whose handshake is not complete yet. @throws HttpError for a request that is not a handshake */
  begin(open: OpenRequest): Connection {
    const { raw, host } = open.request;
    const { options, clock, all } = this.#settings;
    const handshakes = this.#handshakes as Handshakes;
    const upgrade = upgradeOf(raw);
    const refusal = handshakes.refusal(raw, upgrade, host);
    if (refusal || !upgrade)
      throw new HttpError(refusal?.status ?? 400, refusal?.detail, { headers: refusal?.headers });
    const connection: Connection = new Connection({
      clock,
      maxBufferedBytes: options.maxBufferedBytes,
      accept: (leaving) => {
        if (leaving) throw new HttpError(503, leaving.reason);
        // It is not a fault of the service, so it is not logged as an error.
        if (!open.isAnswerable) throw new HttpError(400, "The client closed the connection.");
        const socket = accepted(open.reply, (headers) => handshakes.accept(raw, upgrade, headers));
        open.upgraded();
        this.#heartbeat.add(connection);
        return socket;
      },
    });
    this.#own.add(connection);
    all.add(connection, upgrade.socket);
    void connection.ended.then(() => {
      this.#heartbeat.delete(connection);
      open.abort.abort(closedError());
    });
    return connection;
  }

  /** The handler of the connection has ended. */
  end(connection: Connection): void {
    this.#own.delete(connection);
    this.#settings.all.delete(connection);
  }

  /** Closes the connections, so that the clients connect to other instances. */
  leave(): void {
    for (const connection of this.#own) connection.leave(tryAgainLater);
  }
}

function accepted<T>(reply: FastifyReply, accept: (headers: ReturnType<FastifyReply["getHeaders"]>) => T): T {
  const headers = reply.getHeaders();
  try {
    return accept(headers);
  } catch (error) {
    // With a header that Node refuses, not even the error could be sent.
    for (const name of Object.keys(headers)) reply.removeHeader(name);
    throw hasCode(error, "ERR_INVALID_CHAR") ? error : new HttpError(400, messageOf(error), { cause: error });
  }
}
