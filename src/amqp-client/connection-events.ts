/** What a connection tells of itself. */

/** idle -> connecting -> connected <-> reconnecting; closed from any of them. */
export type ConnectionState = "idle" | "connecting" | "connected" | "reconnecting" | "closed";

export interface ConnectionEvents {
  /** Connected, at first or again. */
  opened(): void;
  lost(error: Error): void;
  /** The broker takes no publishes for now (an alarm of memory or disk). */
  blocked(reason: string): void;
  unblocked(): void;
}

export interface BrokerIdentity {
  readonly product: string;
  readonly version: string;
}
