/** The arguments and the result of a handler of `@websocket`. */

/** What is sent: a string as text, bytes as binary, anything else as JSON. */
export type WebSocketData = string | Uint8Array | object | number | boolean | null;

/** A received message: text is a string, bytes are a Buffer. */
export type WebSocketMessage = string | Buffer;

/** Which of them a handler takes. */
export type WebSocketMessages = "text" | "bytes" | "any";

/** `context.socket`: one web socket. */
export interface WebSocketConnection {
  /** The subprotocol that both sides have; "" before the handshake, and without one. */
  readonly protocol: string;
  /** The handshake is done, and the connection is not closed. */
  readonly isOpen: boolean;
  /** What was sent and has not left the process, in bytes. */
  readonly bufferedBytes: number;
  /**
   * Sends a message; before the handshake it completes that first. Resolves when the message has left the process: a caller that awaits it
   * sends no faster than the client reads. Without an await, messages wait in memory up to `maxBuffered`, and then the connection ends.
   * @throws ServiceError ERR_WEBSOCKET_CLOSED; it needs no handling if the send is not awaited
   */
  send(data: WebSocketData): Promise<void>;
  /**
   * Closes the connection, and resolves when it has ended. The reason is cut to 123 bytes, which is all that a frame can carry.
   * @param code 1000 (the default), or 3000 to 4999 for codes of your own; see RFC 6455, 7.4
   */
  close(code?: number, reason?: string): Promise<void>;
}

/** What a handler returns for what happens on the connection. */
export interface WebSocketHandlers<Message = string> {
  /** Called for each message, in order; the next one waits until it has ended. What it throws ends the connection. */
  readonly message?: ((message: Message) => unknown) | undefined;
  /** Called once, at any end: 1006 is a broken connection. */
  readonly close?: ((code: number, reason: string) => unknown) | undefined;
}

/** Nothing, a function for messages, that and one for the close, or both by name. */
export type WebSocketResult<Message = string> =
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return statement
  | void
  | ((message: Message) => unknown)
  | readonly [message: ((message: Message) => unknown) | undefined, close?: (code: number, reason: string) => unknown]
  | WebSocketHandlers<Message>;

/** The client's side of a web socket, as far as tests use it. */
export interface WebSocketClient {
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (bytes: Buffer, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number, reason: Buffer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** How a connection ended. */
export interface WebSocketEnd {
  readonly code: number;
  readonly reason: string;
}
