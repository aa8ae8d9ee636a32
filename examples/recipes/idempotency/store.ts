import { Pool } from "pg";
import type { DeduplicationStore } from "tomodachi";

/** Remembers handled messages in PostgreSQL for a day, for all instances of all services that use it. */
export class PostgresStore implements DeduplicationStore {
  readonly #pool: Pool;

  constructor(connectionString: string) {
    this.#pool = new Pool({ connectionString });
    // Without these listeners a lost connection would end the process. A running query rejects in any case.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  async createTable(): Promise<void> {
    await this.#pool.query(`
      SELECT pg_advisory_xact_lock(20261130);
      CREATE TABLE IF NOT EXISTS handled (
        key text PRIMARY KEY, owner text, done boolean NOT NULL DEFAULT false, until timestamptz NOT NULL
      )`);
  }

  /** One statement claims a key that is free, expired, or of the same owner. Otherwise it changes nothing. */
  async claim(key: string, owner: string, leaseMs: number) {
    const taken = await this.#pool.query(
      `INSERT INTO handled (key, owner, until) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
       ON CONFLICT (key) DO UPDATE SET owner = $2, done = false, until = excluded.until
       WHERE handled.until < now() OR (handled.owner = $2 AND NOT handled.done)`,
      [key, owner, leaseMs],
    );
    if (taken.rowCount === 1) return "claimed";
    const { rows } = await this.#pool.query<{ done: boolean }>("SELECT done FROM handled WHERE key = $1", [key]);
    return rows[0]?.done ? "done" : "at-work";
  }

  async complete(key: string): Promise<void> {
    await this.#pool.query(
      `INSERT INTO handled (key, done, until) VALUES ($1, true, now() + interval '1 day')
       ON CONFLICT (key) DO UPDATE SET done = true, until = excluded.until`,
      [key],
    );
  }

  async release(key: string, owner: string): Promise<void> {
    await this.#pool.query("DELETE FROM handled WHERE key = $1 AND owner = $2 AND NOT done", [key, owner]);
  }

  async deleteExpired(): Promise<void> {
    await this.#pool.query("DELETE FROM handled WHERE until < now()");
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}
