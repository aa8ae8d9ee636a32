/** The arguments and the result of a handler of `@websocket`. */

/** What a handler can send: a string as text, bytes as binary, anything else as JSON. */
export type WebSocketData = string | Uint8Array | object | number | boolean | null;

/** A received message: a string for text, a Buffer for bytes. */
export type WebSocketMessage = string | Buffer;

/** Which messages a handler accepts. */
export type WebSocketMessages = "text" | "bytes" | "any";

/** One web socket, in `context.socket`. */
export interface WebSocketConnection {
  /** The subprotocol that both sides chose; "" before the handshake, and without one. */
  readonly protocol: string;
  /** Whether the handshake is complete and the connection is not closed. */
  readonly isOpen: boolean;
  /** How many sent bytes have not left the process yet. */
  readonly bufferedBytes: number;
  /**
   * Sends a message. If the handshake is not complete yet, it completes it first. Resolves when the message has left the process, so a
   * caller that awaits it sends no faster than the client reads. Without an await, messages wait in memory up to `maxBuffered`; above that
   * the connection ends.
   * @throws ServiceError ERR_WEBSOCKET_CLOSED when the connection has ended. A send without an await does not have to handle it
   */
  send(data: WebSocketData): Promise<void>;
  /**
   * Closes the connection, and resolves when it has ended. The reason is cut to 123 bytes, which is all that a frame can carry.
   * @param code 1000 (the default), or 3000 to 4999 for codes of your own; see RFC 6455, 7.4
   */
  close(code?: number, reason?: string): Promise<void>;
}

/** What a handler returns to handle the events of a connection. */
export interface WebSocketHandlers<Message = string> {
  /** Called for each message, in order. The next message waits until it has ended. If it throws, the connection ends. */
  readonly message?: ((message: Message) => unknown) | undefined;
  /** Called once when the connection has ended. The code 1006 means that it broke. */
  readonly close?: ((code: number, reason: string) => unknown) | undefined;
}

/** What a handler may return: nothing, a function for messages, a list of that and a function for the close, or both by name. */
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
