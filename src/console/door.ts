/**
 * The port of the console. Until the first client connects it only listens. The server, the page and everything that they need are loaded
 * with the first connection.
 */
import { createServer, type Server, type Socket } from "node:net";
import { hasCode } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { ServiceError } from "../service/errors.ts";

/** Handles the connections. */
export interface ConnectionTaker {
  take(socket: Socket): void;
  close(): Promise<void>;
}

export interface DoorSettings {
  readonly port: number;
  /** Whether another port may be used if this one is taken: one of the next ports, or else any free port. */
  readonly anyPort: boolean;
  /** The port before a restart. It is tried first, so that an open page finds the console again. @default none */
  readonly portBefore?: number | undefined;
  readonly token: string;
  readonly logger: Logger;
  /** Called once, with the first connection. */
  load(): Promise<ConnectionTaker>;
}

const host = "127.0.0.1";
/** How many ports after the default one are tried, in their order. */
const nextPorts = 9;
/** The most connections at the same time; Node closes further ones. */
const mostConnections = 64;

export class ConsoleDoor {
  readonly #settings: DoorSettings;
  readonly #server: Server;
  #taker: Promise<ConnectionTaker> | undefined;

  constructor(settings: DoorSettings) {
    this.#settings = settings;
    // Nothing is read from a connection before the code that reads it is loaded.
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
    // The token is after the "#": browsers do not send this part, so it appears in no log and no Referer header.
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
    // The connection may fail before the code is loaded.
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
