/** The HTTP server of the console: everyone on this machine gets the page, and only clients with the token get the rest. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hasCode, memberOf, messageOf } from "../errors.ts";
import { hidePasswords } from "../log/hide-passwords.ts";
import { hasToken } from "../operations/token.ts";
import { isOwnHost, isOwnOrigin } from "./access.ts";
import type { Asked } from "./asked.ts";
import { ConsoleError } from "./broker/errors.ts";
import type { ConnectionTaker } from "./door.ts";
import { type PageFile, readPage } from "./page-file.ts";
import type { RouteParts } from "./route.ts";
import { routes } from "./routes.ts";
import { ConsoleStream } from "./stream.ts";

/** A request with its headers must arrive within this time, in milliseconds. */
const requestMs = 10_000;
const limits = {
  maxHeaderSize: 8192,
  headersTimeout: requestMs,
  requestTimeout: requestMs,
  keepAliveTimeout: requestMs,
  connectionsCheckingInterval: 1000,
};
/** The largest request body, in bytes: an edited body as JSON text. */
const mostBody = 2 * 1024 * 1024;

export interface ConsoleServerSettings extends RouteParts {
  readonly token: string;
}

export class ConsoleServer implements ConnectionTaker {
  readonly #settings: ConsoleServerSettings;
  readonly #server: Server;
  readonly #stream: ConsoleStream;
  readonly #sockets = new Set<Socket>();
  #page: Promise<PageFile> | undefined;

  constructor(settings: ConsoleServerSettings) {
    this.#settings = settings;
    this.#stream = new ConsoleStream(settings.source, () => settings.looks.clear());
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.on("connect", (_request, socket) => socket.destroy());
    this.#server.on("upgrade", (_request, socket) => socket.destroy());
  }

  take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#server.emit("connection", socket);
  }

  async close(): Promise<void> {
    await this.#stream.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#fail(error, response);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = "" } = request;
    if (!isOwnHost(headers)) throw new ConsoleError(421, "The console answers to 127.0.0.1 and localhost only.");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://console");
    if (pathname === "/" && (method === "GET" || method === "HEAD")) return this.#sendPage(method, response);
    if (!isOwnOrigin(headers)) throw new ConsoleError(403, "Only the page of the console may send this request.");
    if (!hasToken(headers.authorization, this.#settings.token)) {
      throw new ConsoleError(401, "The token is missing or wrong. Open the address that the command line printed.");
    }
    if (pathname === "/api/stream" && method === "GET") return this.#stream.add(response);
    const route = routes.get(pathname);
    if (!route) throw new ConsoleError(404, `The path ${JSON.stringify(pathname)} does not exist.`);
    if (route.method !== method) throw new ConsoleError(405, `${pathname} needs the method ${route.method}.`);
    if (route.changes && !this.#settings.source.plan.mayChange) {
      throw new ConsoleError(403, "This console only reads. Start it with --allow-changes to change something.");
    }
    const asked = method === "GET" ? Object.fromEntries(searchParams) : await readJson(request);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    sendJson(response, 200, await route.answer(asked, this.#settings, gone.signal));
  }

  async #sendPage(method: string, response: ServerResponse): Promise<void> {
    this.#page ??= readPage();
    const { html, policy } = await this.#page;
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-length": html.length,
      "content-security-policy": policy,
    });
    response.end(method === "HEAD" ? undefined : html);
  }

  #fail(error: unknown, response: ServerResponse): void {
    if (response.headersSent) return void response.destroy();
    const status = hasCode(error, "ERR_CONSOLE") ? Number(memberOf(error, "status")) : 422;
    sendJson(response, status, { error: hidePasswords(messageOf(error)) });
  }
}

const safeHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    // Bytes of a body that were not read would be taken for the next request, so the connection is closed.
    ...(status >= 400 && { connection: "close" }),
  });
  response.end(body);
}

async function readJson(request: IncomingMessage): Promise<Asked> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    throw new ConsoleError(415, "The body must be JSON, with the content type application/json.");
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBody) throw new ConsoleError(413, `The body is longer than ${mostBody} bytes.`);
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Asked;
  } catch {
    // The code below reports it.
  }
  throw new ConsoleError(400, "The body is not a JSON object.");
}
