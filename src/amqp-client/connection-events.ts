/** The events of a connection. */

/** idle -> connecting -> connected <-> reconnecting; closed from any of them. */
export type ConnectionState = "idle" | "connecting" | "connected" | "reconnecting" | "closed";

export interface ConnectionEvents {
  /** Connected, at first or again. */
  opened(): void;
  lost(error: Error): void;
  /** The broker accepts no publishes now (a memory or disk alarm). */
  blocked(reason: string): void;
  unblocked(): void;
}

export interface BrokerIdentity {
  readonly product: string;
  readonly version: string;
}

/** What client and broker agreed on (AMQP 0-9-1, 1.4.2.6 "tune-ok"). */
export interface ConnectionLimits {
  /** The largest frame, in bytes; 0 means no limit. */
  readonly frameMax: number;
  /** The most channels at a time. */
  readonly channelMax: number;
}
