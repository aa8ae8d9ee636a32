/** The options of a session, and its events. */
import type { HandshakeSettings } from "./handshake.ts";
import type { SocketTarget } from "./socket.ts";

export interface SessionSettings {
  readonly target: SocketTarget;
  readonly handshake: HandshakeSettings;
  /** Milliseconds for everything from the first byte to the open virtual host. */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds that the broker has for each answer afterwards. */
  readonly answerTimeoutMs: number;
  /** A listener threw: a fault of this package. */
  listenerFailed(error: unknown): void;
}

export interface SessionEvents {
  /** It is closed; without an error if this process closed it. Called once, also for a listener that is added afterwards. */
  closed(error: Error | undefined): void;
  /** The broker accepts no publishes now, and reads nothing else either. */
  blocked(reason: string): void;
  unblocked(): void;
}
