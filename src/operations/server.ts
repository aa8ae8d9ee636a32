/** The HTTP server of the operations port. Clients that are slow, or that mean harm, cost it little and never more than some seconds. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { clauseOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { ResolvedOperations } from "../service/operations-options.ts";
import { type AnswerSettings, answerTo, type OperationsAnswer, refusal } from "./answer.ts";
import { ConnectionLimit } from "./connection-limit.ts";
import { listenError } from "./listen-error.ts";

/** Within this time a request with its headers must arrive; then an idle connection is closed. In milliseconds. */
const requestMs = 5000;

const limits = {
  maxHeaderSize: 8192,
  headersTimeout: requestMs,
  requestTimeout: requestMs,
  keepAliveTimeout: requestMs,
  connectionsCheckingInterval: 1000,
};

/** Connections at once. */
const mostConnections = 128;

export interface OperationsServerSettings {
  readonly operations: ResolvedOperations;
  readonly answers: AnswerSettings;
  readonly logger: Logger;
}

export class OperationsServer {
  readonly #settings: OperationsServerSettings;
  readonly #server: Server;
  readonly #connections = new ConnectionLimit(mostConnections);

  constructor(settings: OperationsServerSettings) {
    this.#settings = settings;
    this.#server = createServer(limits, (request, response) => this.#answer(request, response));
    // Node would close the new connections, so that clients which send nothing would keep the probes out.
    this.#server.on("connection", (socket) => this.#connections.add(socket));
    // Also for an answer that the client does not read.
    this.#server.setTimeout(2 * requestMs, (socket) => socket.destroy());
    // The following bytes would be another protocol.
    this.#server.on("connect", (_request, socket) => socket.destroy());
    this.#server.on("upgrade", (_request, socket) => socket.destroy());
  }

  /** Resolves with the URL. @throws ServiceError ERR_OPERATIONS_PORT */
  listen(): Promise<string> {
    const { port, host } = this.#settings.operations;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
      this.#server.listen({ port, host }, () => {
        // A server that listens on a port has an address of this form.
        const {
          address,
          port: opened,
          family,
        } = this.#server.address() as Exclude<ReturnType<Server["address"]>, string | null>;
        this.#server.on("error", (error) => this.#settings.logger.warn({ err: error }, "the operations port failed"));
        resolve(`http://${family === "IPv6" ? `[${address}]` : address}:${opened}`);
      });
    });
  }

  /** Ends every connection. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#connections.used(request.socket);
    const answer = this.#answerOf(request);
    const { status, headers, body } = answer;
    const close = hasBody(request) ? { connection: "close" } : {};
    response.writeHead(status, {
      ...headers,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...close,
    });
    response.end(request.method === "HEAD" ? undefined : body);
    // A body is never read: the connection ends with the answer.
    if (hasBody(request)) response.once("finish", () => request.socket.destroySoon());
  }

  #answerOf(request: IncomingMessage): OperationsAnswer {
    const { method = "", url = "", headers } = request;
    const { authorization } = headers;
    try {
      return answerTo({ method, url, authorization, hasBody: hasBody(request) }, this.#settings.answers);
    } catch (error) {
      this.#settings.logger.error({ err: error }, "the operations port could not answer");
      return refusal(500, `It could not be answered: ${clauseOf(error)}.`);
    }
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
