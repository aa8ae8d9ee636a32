/** A web socket client that needs no port: its bytes go to the server through memory, and take the whole way from the HTTP parser on. */
import type { Server } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import type { WebSocketClient } from "./types.ts";

export interface WebSocketClientOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

/** The answer of the server that refused the handshake. */
export interface RefusedHandshake {
  readonly status: number;
  readonly body: string;
}

/** Resolves when the handshake is complete, or with the answer that refused it. */
export async function connectWebSocket(
  server: Server,
  path: string,
  { headers, protocols }: WebSocketClientOptions,
): Promise<WebSocketClient | RefusedHandshake> {
  const { WebSocket: Client } = await import("ws");
  const [near, far] = duplexPair();
  // The two ends are not connected like real sockets: one does not notice that the other has closed.
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
