/** HTTP byte by byte over a socket, for what no client sends. */
import { connect, type Socket } from "node:net";
import { createDeferred } from "../../src/util/deferred.ts";

/** A connection whose answer is read as it comes. */
export class RawHttp implements AsyncDisposable {
  readonly socket: Socket;
  #received = "";
  readonly #closed = createDeferred();
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      for (const look of [...this.#waiting]) look();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed.resolve();
      for (const look of [...this.#waiting]) look();
    });
  }

  static async open(origin: string): Promise<RawHttp> {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawHttp(socket);
  }

  get received(): string {
    return this.#received;
  }

  /** Lines end as HTTP wants them. */
  write(...lines: readonly string[]): void {
    this.socket.write(lines.join("\r\n"), "latin1");
  }

  /** Resolves when what came fits; rejects when the connection ends before. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(this.#received)) {
          this.#waiting.delete(look);
          resolve(this.#received);
        } else if (this.socket.closed || this.socket.destroyed) {
          this.#waiting.delete(look);
          reject(new Error(`The connection ended; this had come: ${JSON.stringify(this.#received)}`));
        }
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Resolves with all that came, when the other side has closed the connection. */
  async ended(): Promise<string> {
    await this.#closed.promise;
    return this.#received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.#closed.promise;
  }
}

/** Sends it on its own connection, and returns everything that arrived until the other side closed. */
export async function rawExchange(origin: string, ...lines: readonly string[]): Promise<string> {
  await using raw = await RawHttp.open(origin);
  raw.write(...lines);
  return await raw.ended();
}
