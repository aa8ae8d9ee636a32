/** For how long the broker has blocked the connections of a service (an alarm of memory or disk), in all. */
import type { LabelValue, Row } from "./instruments.ts";

/** Whose connections, for what, and which of several. Those with the same names are counted together. */
export type ConnectionNames = readonly [service: string, purpose: string, connection: LabelValue];

interface Blocked {
  readonly names: ConnectionNames;
  /** How many of them are blocked now. */
  open: number;
  totalMs: number;
  since: number;
}

export class BlockedTime {
  readonly #connections = new Map<string, Blocked>();

  /** One more is blocked. */
  begin(names: ConnectionNames): void {
    const blocked = this.#of(names);
    if (blocked.open++ === 0) blocked.since = performance.now();
  }

  /** One of them is not blocked any more. The time counts until the last one is not. */
  end(names: ConnectionNames): void {
    const blocked = this.#of(names);
    if (blocked.open === 0) return;
    blocked.open--;
    if (blocked.open === 0) blocked.totalMs += performance.now() - blocked.since;
  }

  /** Seconds, including the time until now. */
  read(): readonly Row[] {
    return [...this.#connections.values()].map(({ names, open, totalMs, since }) => {
      const now = open === 0 ? 0 : performance.now() - since;
      return [(totalMs + now) / 1000, ...names];
    });
  }

  #of(names: ConnectionNames): Blocked {
    const key = JSON.stringify(names);
    const known = this.#connections.get(key) ?? { names, open: 0, totalMs: 0, since: 0 };
    this.#connections.set(key, known);
    return known;
  }
}
