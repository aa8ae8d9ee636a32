/** What a session is opened with, and what it tells. */
import type { HandshakeSettings } from "./handshake.ts";
import type { SocketTarget } from "./socket.ts";

export interface SessionSettings {
  readonly target: SocketTarget;
  readonly handshake: HandshakeSettings;
  /** Milliseconds for everything from the first octet to the open virtual host. */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds that the broker has for each answer afterwards. */
  readonly answerTimeoutMs: number;
  /** A listener threw: a fault of this package. */
  listenerFailed(error: unknown): void;
}

export interface SessionEvents {
  /** It is gone; without an error, because this process closed it. Told once, also to who listens afterwards. */
  closed(error: Error | undefined): void;
  /** The broker takes no publishes for now, and reads nothing else either. */
  blocked(reason: string): void;
  unblocked(): void;
}
