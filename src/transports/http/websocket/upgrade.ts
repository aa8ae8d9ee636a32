/** Requests for another protocol. Node passes them only to the listeners of "upgrade", so they are passed on to the router. */
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

const upgrade: unique symbol = Symbol("tomodachi.upgrade");

/** The connection of a request for another protocol. */
export interface Upgrade {
  readonly socket: Duplex;
  /** By it the request is answered where it stays one of HTTP. */
  readonly response: ServerResponse;
  /** What came behind the request so far. From here on the connection is the caller's. */
  takeHead(): Buffer;
}

/** A client has nothing to say before the answer, so this is much. */
const mostEarlyBytes = 64 * 1024;

export interface UpgradeSettings {
  /** Whether the path is one of ours; others go to earlier listeners. */
  isOurs(path: string): boolean;
  /** Hands a request to the router. */
  route(request: IncomingMessage, response: ServerResponse): void;
}

/** Call it when everybody else listens already. */
export function routeUpgrades(server: Server, { isOurs, route }: UpgradeSettings): void {
  const others = server.listeners("upgrade");
  server.removeAllListeners("upgrade");
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (others.length > 0 && !isOurs((request.url ?? "").replace(/\?.*$/s, ""))) {
      for (const other of others) other.call(server, request, socket, head);
      return;
    }
    const response = new ServerResponse(request);
    // Nothing reads a further request from this connection.
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
    socket.on("error", () => socket.destroy());
    response.assignSocket(socket as never);
    (request as { [upgrade]?: Upgrade })[upgrade] = { socket, response, takeHead: readEarly(socket, head) };
    route(request, response);
  });
}

/** Reads, so that a client that goes while its request is decided is noticed. */
function readEarly(socket: Duplex, head: Buffer): () => Buffer {
  const early = [head];
  let bytes = head.length;
  const read = (chunk: Buffer): void => {
    early.push(chunk);
    bytes += chunk.length;
    if (bytes > mostEarlyBytes) socket.destroy();
  };
  const gone = (): void => void socket.destroy();
  socket.on("data", read).once("end", gone);
  return () => {
    // It continues to flow: the next owner listens in the same turn.
    socket.off("data", read).off("end", gone);
    return Buffer.concat(early);
  };
}

/** Undefined for an ordinary request. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return (request as { readonly [upgrade]?: Upgrade })[upgrade];
}
