/** A client of web sockets that needs no port: its bytes go to the server through memory, the whole way from the parser on. */
import type { Server } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import type { WebSocketClient } from "./types.ts";

export interface WebSocketClientOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

/** What the server answered instead of the handshake. */
export interface RefusedHandshake {
  readonly status: number;
  readonly body: string;
}

/** Resolves when the handshake is done, or with the answer that refused it. */
export async function connectWebSocket(
  server: Server,
  path: string,
  { headers, protocols }: WebSocketClientOptions,
): Promise<WebSocketClient | RefusedHandshake> {
  const { WebSocket: Client } = await import("ws");
  const [near, far] = duplexPair();
  // The two know nothing of each other's end, as two sockets do.
  near.once("close", () => far.destroy());
  far.once("close", () => near.destroy());
  const createConnection = (): Duplex => {
    server.emit("connection", far);
    return near;
  };
  const options = { headers, createConnection, perMessageDeflate: false } as never;
  const client = new Client(`ws://localhost${path}`, [...protocols], options);
  return new Promise((resolve, reject) => {
    client.once("open", () => resolve(client));
    client.once("error", reject);
    client.once("unexpected-response", (_request, response) => {
      response.setEncoding("utf8");
      let body = "";
      response.on("data", (text: string) => {
        body += text;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}
