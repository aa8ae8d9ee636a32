/** Why a publish has no answer yet, in words for its error. */
import type { AmqpConnection } from "./connection.ts";

/** The current state of a publisher. */
export interface Situation {
  readonly connection: Pick<AmqpConnection, "blocked" | "state" | "lastError">;
  readonly hasChannel: boolean;
  readonly unconfirmed: number;
  /** Why the last channel ended, or could not be opened; empty when there was no error. */
  readonly lastReason: string;
}

const alarm = "a memory or disk alarm";

/** Of a publish that was sent. */
export function whyUnconfirmed({ connection, lastReason }: Situation): string {
  const blocks = connection.blocked ? `, which blocks publishes now (${alarm})` : "";
  const before = lastReason ? `; the previous channel was closed (${lastReason})` : "";
  return `the broker did not answer${blocks}${before}`;
}

/** Of a publish that was not sent, or is to be sent again. */
export function whyWaiting({ connection, hasChannel, unconfirmed, lastReason }: Situation): string {
  const { blocked, state, lastError } = connection;
  if (blocked) return `the broker blocks publishes (${alarm})`;
  if (state !== "connected") return `there is no connection (${state}: ${lastError || lastReason || "not tried yet"})`;
  if (!hasChannel) return `there is no channel to publish on (${lastReason || "it is being opened"})`;
  return `${unconfirmed} publishes before it are not confirmed`;
}

/** Of a request. */
export function whyNoReply(
  { connection, hasChannel, lastReason }: Omit<Situation, "unconfirmed">,
  wasSent: boolean,
): string {
  const blocks = `the broker blocks publishes (${alarm})`;
  if (wasSent) return connection.blocked ? `it was sent, and ${blocks}` : "it was sent, but the broker did not answer";
  if (connection.blocked) return `it was never sent, because ${blocks}`;
  if (hasChannel) return "it was never sent, because the connection accepts no more data at the moment";
  return `it was never sent, because there is no channel for it (${lastReason || connection.state})`;
}
