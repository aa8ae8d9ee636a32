/** Requests to switch to another protocol. Node passes them only to listeners of "upgrade", so they are passed on to the router here. */
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

const upgrade: unique symbol = Symbol("tomodachi.upgrade");

/** The connection of a request to switch to another protocol. */
export interface Upgrade {
  readonly socket: Duplex;
  /** Answers the request if it stays an HTTP request. */
  readonly response: ServerResponse;
  /** Returns the bytes that came after the request so far. From then on the connection belongs to the caller. */
  takeHead(): Buffer;
}

/** A client has nothing to say before the answer, so this is a lot. */
const mostEarlyBytes = 64 * 1024;

export interface UpgradeSettings {
  /** Whether the path belongs to this service. Other paths are left to earlier listeners. */
  isOurs(path: string): boolean;
  /** Passes a request to the router. */
  route(request: IncomingMessage, response: ServerResponse): void;
}

/** Call it after all other listeners are registered. */
export function routeUpgrades(server: Server, { isOurs, route }: UpgradeSettings): void {
  const others = server.listeners("upgrade");
  server.removeAllListeners("upgrade");
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (others.length > 0 && !isOurs((request.url ?? "").replace(/\?.*$/s, ""))) {
      for (const other of others) other.call(server, request, socket, head);
      return;
    }
    const response = new ServerResponse(request);
    // Nothing reads another request from this connection.
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
    socket.on("error", () => socket.destroy());
    response.assignSocket(socket as never);
    (request as { [upgrade]?: Upgrade })[upgrade] = { socket, response, takeHead: readEarly(socket, head) };
    route(request, response);
  });
}

/** Reads from the socket, so that a client that disconnects before the answer is noticed. */
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
    // The stream keeps flowing: the next owner adds its listeners in the same turn.
    socket.off("data", read).off("end", gone);
    return Buffer.concat(early);
  };
}

/** The upgrade of a request; undefined for an ordinary request. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return (request as { readonly [upgrade]?: Upgrade })[upgrade];
}
