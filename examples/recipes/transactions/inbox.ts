import type { Pool, PoolClient } from "pg";
import { type AmqpContext, Reject } from "tomodachi";

/**
 * Records that this handler handles the message, in the transaction of the handler. Returns false if an earlier run has
 * committed this. If another transaction is about to commit it, the INSERT waits until that transaction ends.
 */
export async function isFirst(client: PoolClient, handler: string, { properties }: AmqpContext): Promise<boolean> {
  if (properties.messageId === undefined)
    throw new Reject("The message has no id, so a duplicate would not be recognised.");
  const { rowCount } = await client.query(
    "INSERT INTO inbox (handler, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    [handler, properties.messageId],
  );
  return rowCount === 1;
}

/** Duplicates arrive within seconds or hours, so a week is enough. */
export async function forgetOld(pool: Pool): Promise<void> {
  await pool.query("DELETE FROM inbox WHERE handled_at < now() - interval '7 days'");
}
