/** A web socket of a test: what it received, and how it ended. */
import type { WebSocketClient } from "../transports/http/index.ts";
import { TestingError } from "./errors.ts";
import { Journal } from "./journal.ts";

/** The web socket that `app.http.websocket()` opens. */
export class TestWebSocket implements AsyncDisposable {
  readonly #client: WebSocketClient;
  readonly #received = new Journal<string | Buffer>();
  readonly #timeoutMs: number;
  #end: { readonly code: number; readonly reason: string } | undefined;
  /** Resolves with code and reason when the connection has ended, whichever side ended it. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  /** @internal Use `app.http.websocket()`. */
  constructor(client: WebSocketClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    client.on("message", (bytes: Buffer, isBinary: boolean) => this.#received.add(isBinary ? bytes : bytes.toString()));
    client.on("error", () => {});
    this.closed = new Promise((resolve) => {
      client.on("close", (code: number, reason: Buffer) => {
        this.#end = { code, reason: reason.toString() };
        this.#received.end(this.#over("The web socket has ended"));
        resolve(this.#end);
      });
    });
  }

  /** The subprotocol that both sides chose; "" without one. */
  get protocol(): string {
    return this.#client.protocol;
  }

  /** Sends a message: a string as text, bytes as binary, anything else as JSON. */
  send(data: unknown): void {
    const isRaw = typeof data === "string" || data instanceof Uint8Array;
    this.#client.send(isRaw ? data : JSON.stringify(data));
  }

  /**
   * Waits for the next message, which is a string or a Buffer. Each message is returned once, also those that came before the call.
   * @throws ERR_TESTING_TIMEOUT when no message came in time
   * @throws ERR_TESTING_WEBSOCKET when the connection has ended
   */
  async next(): Promise<string | Buffer> {
    const [message] = await this.#received.take({
      count: 1,
      timeoutMs: this.#timeoutMs,
      fits: () => true,
      late: async () => new TestingError("ERR_TESTING_TIMEOUT", `No message arrived within ${this.#timeoutMs} ms.`),
    });
    return message as string | Buffer;
  }

  /** Waits for the next message and parses it as JSON. @throws as `next()`; SyntaxError if it is not JSON */
  async json<T = unknown>(): Promise<T> {
    return JSON.parse(String(await this.next())) as T;
  }

  /** Closes the connection, and resolves when it has ended. */
  async close(code?: number, reason?: string): Promise<void> {
    this.#client.close(code, reason);
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end) return;
    this.#client.terminate();
    await this.closed;
  }

  #over(what: string): TestingError {
    const { code, reason } = this.#end ?? {};
    return new TestingError("ERR_TESTING_WEBSOCKET", `${what}: ${code}${reason ? ` (${reason})` : ""}.`);
  }
}
