/** What a connection tells of itself. */

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
