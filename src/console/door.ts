/**
 * The port of the console. Until a client connects it is a socket that listens and nothing else: the server, the page and what they need
 * are loaded with the first connection.
 */
import { createServer, type Server, type Socket } from "node:net";
import { hasCode } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { ServiceError } from "../service/errors.ts";

/** Takes the connections. */
export interface ConnectionTaker {
  take(socket: Socket): void;
  close(): Promise<void>;
}

export interface DoorSettings {
  readonly port: number;
  /** Another port will do where this one is taken: one of the next, or else any free one. */
  readonly anyPort: boolean;
  /** The port before a restart: it is tried first, so that an open page finds it again. @default none */
  readonly portBefore?: number | undefined;
  readonly token: string;
  readonly logger: Logger;
  /** Called once, with the first connection. */
  load(): Promise<ConnectionTaker>;
}

const host = "127.0.0.1";
/** So many ports after the default one are tried in their order. */
const nextPorts = 9;
/** Connections at once; Node closes what comes above. */
const mostConnections = 64;

export class ConsoleDoor {
  readonly #settings: DoorSettings;
  readonly #server: Server;
  #taker: Promise<ConnectionTaker> | undefined;

  constructor(settings: DoorSettings) {
    this.#settings = settings;
    // Nothing of a connection is read before there is someone who reads it.
    this.#server = createServer({ pauseOnConnect: true }, (socket) => void this.#enter(socket));
    this.#server.maxConnections = mostConnections;
  }

  /** Resolves with the address that opens the page. @throws ServiceError ERR_CONSOLE_PORT */
  async listen(): Promise<string> {
    const { port, anyPort, portBefore, token } = this.#settings;
    const before = portBefore === undefined ? [] : [portBefore];
    const others = anyPort ? [...Array.from({ length: nextPorts }, (_, at) => port + 1 + at), 0] : [];
    const opened = await this.#listenOnOneOf([...before, port, ...others]).catch((error: unknown) => {
      throw portError(port, error);
    });
    // After the "#": a browser does not send that part, so it is in no log and no Referer header.
    return `http://${host}:${opened}/#${token}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#taker) await this.#taker.then((taker) => taker.close()).catch(() => {});
    await closed;
  }

  async #listenOnOneOf([port = 0, ...others]: readonly number[]): Promise<number> {
    try {
      return await this.#listenOn(port);
    } catch (error) {
      if (others.length === 0 || !hasCode(error, "EADDRINUSE")) throw error;
      return this.#listenOnOneOf(others);
    }
  }

  #listenOn(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port, host }, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) =>
          this.#settings.logger.warn({ err: error }, "the port of the console failed"),
        );
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  async #enter(socket: Socket): Promise<void> {
    // It may be gone before the modules are loaded.
    const ignore = (): void => {};
    socket.on("error", ignore);
    try {
      this.#taker ??= this.#settings.load();
      (await this.#taker).take(socket);
      socket.off("error", ignore);
      socket.resume();
    } catch (error) {
      this.#settings.logger.error({ err: error }, "the console cannot be opened");
      socket.destroy();
    }
  }
}

function portError(port: number, error: unknown): ServiceError {
  const why = hasCode(error, "EADDRINUSE") ? "another program has it" : error instanceof Error ? error.message : "";
  return new ServiceError(
    "ERR_CONSOLE_PORT",
    `The console cannot listen on ${host}:${port}: ${why}. Choose another port with --console-port, or 0 for any free one.`,
    { cause: error },
  );
}
