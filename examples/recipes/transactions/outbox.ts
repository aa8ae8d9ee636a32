import type { Pool, PoolClient } from "pg";
import { transaction } from "./database.ts";

export interface OutboxRow {
  readonly id: string;
  readonly routing_key: string;
  readonly data: unknown;
}

/** Writes a message into the outbox, in the transaction of the caller. */
export async function addToOutbox(client: PoolClient, routingKey: string, data: unknown): Promise<void> {
  await client.query("INSERT INTO outbox (routing_key, data) VALUES ($1, $2)", [routingKey, JSON.stringify(data)]);
}

/** Publishes the messages in the outbox, until it is empty or the signal aborts. */
export async function emptyOutbox(
  pool: Pool,
  publish: (row: OutboxRow) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let found = 1;
  while (found > 0 && !signal.aborted) found = await publishSome(pool, publish);
}

/**
 * Publishes some rows, and returns how many it found. SKIP LOCKED leaves out the rows that another instance is
 * publishing now.
 */
function publishSome(pool: Pool, publish: (row: OutboxRow) => Promise<void>): Promise<number> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<OutboxRow>(
      "SELECT id, routing_key, data FROM outbox WHERE next_try <= now() ORDER BY next_try LIMIT 100 FOR UPDATE SKIP LOCKED",
    );
    const results = await Promise.allSettled(rows.map(publish));
    const ids = (status: string) => rows.filter((_, at) => results[at]?.status === status).map(({ id }) => id);
    await client.query("DELETE FROM outbox WHERE id = ANY($1)", [ids("fulfilled")]);
    // A row that cannot be published is tried again later, and does not delay the others.
    await client.query(
      "UPDATE outbox SET tries = tries + 1, next_try = now() + least(300, 2 ^ least(tries, 9)) * interval '1 second' WHERE id = ANY($1)",
      [ids("rejected")],
    );
    return rows.length;
  });
}
