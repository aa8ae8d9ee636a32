/**
 * The members of a ws socket that a connection needs. The published declarations name no type of ws, because its types are in a separate
 * package that a user's project does not have.
 */
export interface ServerSocket {
  readonly protocol: string;
  readonly readyState: number;
  /** The value of `readyState` while it is open. */
  readonly OPEN: number;
  readonly bufferedAmount: number;
  readonly isPaused: boolean;
  on(event: "message", listener: (bytes: Buffer, isBinary: boolean) => void): unknown;
  on(event: "ping" | "pong", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "close", listener: (code: number, reason: Buffer) => void): unknown;
  send(data: string | Uint8Array | ArrayBuffer, sent: (error?: Error | null) => void): void;
  close(code: number, reason: string): void;
  pause(): void;
  resume(): void;
  ping(): void;
  /** Ends the connection without a close frame. */
  terminate(): void;
}
