import { Pool, type PoolClient } from "pg";

export function openPool(): Pool {
  const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
  // Without these listeners a lost connection would end the process. A running query rejects in any case.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** Runs the work in one transaction: either all of it is committed, or nothing. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    client.release();
    return result;
  } catch (error) {
    // Closes the connection, so that the server rolls back even if the connection is broken.
    client.release(true);
    throw error;
  }
}

/** In production these tables belong in your migrations. The lock is for services that start at the same time. */
export async function createTables(pool: Pool): Promise<void> {
  await pool.query(`
    SELECT pg_advisory_xact_lock(20261129);
    CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, total numeric NOT NULL);
    CREATE TABLE IF NOT EXISTS shipments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id text NOT NULL);
    CREATE TABLE IF NOT EXISTS inbox (
      handler text, message_id text, handled_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (handler, message_id)
    );
    CREATE TABLE IF NOT EXISTS outbox (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), routing_key text NOT NULL, data jsonb NOT NULL,
      tries integer NOT NULL DEFAULT 0, next_try timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX IF NOT EXISTS outbox_next_try ON outbox (next_try);
  `);
}
