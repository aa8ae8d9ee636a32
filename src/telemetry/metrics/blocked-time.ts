/** For how long the broker has blocked each connection (a memory or disk alarm), in all. */
import type { Row } from "./instruments.ts";

interface Blocked {
  readonly names: readonly [service: string, purpose: string];
  totalMs: number;
  since: number | undefined;
}

export class BlockedTime {
  readonly #connections = new Map<string, Blocked>();

  begin(service: string, purpose: string): void {
    this.#of(service, purpose).since ??= performance.now();
  }

  end(service: string, purpose: string): void {
    const blocked = this.#of(service, purpose);
    if (blocked.since !== undefined) blocked.totalMs += performance.now() - blocked.since;
    blocked.since = undefined;
  }

  /** Seconds, with what goes on now. */
  read(): readonly Row[] {
    return [...this.#connections.values()].map(({ names, totalMs, since }) => {
      const now = since === undefined ? 0 : performance.now() - since;
      return [(totalMs + now) / 1000, ...names];
    });
  }

  #of(service: string, purpose: string): Blocked {
    const key = `${service}\0${purpose}`;
    const known = this.#connections.get(key) ?? { names: [service, purpose], totalMs: 0, since: undefined };
    this.#connections.set(key, known);
    return known;
  }
}
