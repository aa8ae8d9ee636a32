/** The handshake (RFC 6455, 4.2): what is wrong with that of a client, and its completion by the library ws. */
import { type IncomingMessage, validateHeaderValue } from "node:http";
import type { WebSocketServer } from "ws";
import type { ServerSocket } from "./server-socket.ts";
import type { Upgrade } from "./upgrade.ts";

/** Why a request is refused, as an HTTP answer. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HandshakeOptions {
  readonly maxMessageBytes: number;
  readonly protocols: readonly string[];
  /** Undefined: only the origin of the host itself. */
  readonly origins: "*" | readonly string[] | undefined;
  readonly compression: boolean;
}

/** Headers of an answer. */
type Headers = Readonly<Record<string, number | string | readonly string[] | undefined>>;

export class Handshakes {
  readonly #server: WebSocketServer;
  readonly #options: HandshakeOptions;

  private constructor(server: WebSocketServer, options: HandshakeOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Loads the library ws. Only a service with a web socket does this. */
  static async load(options: HandshakeOptions): Promise<Handshakes> {
    const { WebSocketServer } = await import("ws");
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      perMessageDeflate: options.compression,
      handleProtocols: (offered) => options.protocols.find((protocol) => offered.has(protocol)) ?? false,
    });
    return new Handshakes(server, options);
  }

  /** What is wrong with a request. `host` is the name by which the client knows this service. */
  refusal({ headers }: IncomingMessage, upgrade: Upgrade | undefined, host: string): Refusal | undefined {
    if (upgrade === undefined || headers.upgrade?.toLowerCase() !== "websocket") {
      const wanted = { upgrade: "websocket", connection: "Upgrade" };
      return { status: 426, detail: "This path is for web sockets.", headers: wanted };
    }
    if (headers["sec-websocket-version"] !== "13") {
      const known = { "sec-websocket-version": "13" };
      return { status: 426, detail: "Only version 13 of web sockets is supported.", headers: known };
    }
    if (!/^[\w+/]{22}==$/.test(headers["sec-websocket-key"] ?? ""))
      return { status: 400, detail: "The header Sec-WebSocket-Key is missing or wrong." };
    return this.#isFrom(headers.origin, host)
      ? undefined
      : { status: 403, detail: "Pages of this origin are not allowed to connect." };
  }

  /** @throws Error if ws refuses the handshake, or the client has disconnected */
  accept(request: IncomingMessage, { socket, response, takeHead }: Upgrade, headers: Headers): ServerSocket {
    const lines = headerLines(headers);
    let accepted: ServerSocket | undefined;
    let refused = new Error("The client closed the connection.");
    const add = (answer: string[]): unknown => answer.push(...lines);
    const refuse = (error: Error): void => {
      refused = error;
    };
    this.#server.once("headers", add).once("wsClientError", refuse);
    // From here on the connection does not belong to the HTTP answer any more.
    response.detachSocket(socket as never);
    this.#server.handleUpgrade(request, socket, takeHead(), (opened) => {
      accepted = opened;
    });
    this.#server.off("headers", add).off("wsClientError", refuse);
    if (accepted) return accepted;
    if (!socket.destroyed) response.assignSocket(socket as never);
    throw refused;
  }

  /** A program that is not a browser sends no origin, and could send any. Only a page could use the cookies of another site. */
  #isFrom(origin: string | undefined, host: string): boolean {
    const { origins } = this.#options;
    if (origin === undefined || origins === "*") return true;
    if (origins) return origins.includes(origin);
    return URL.canParse(origin) && hostOf(origin) === hostOf(`${new URL(origin).protocol}//${host}`);
  }
}

/** The host without the default port of the protocol. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function headerLines(headers: Headers): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => {
      if (one === undefined) return [];
      validateHeaderValue(name, String(one));
      return [`${name}: ${one}`];
    }),
  );
}
