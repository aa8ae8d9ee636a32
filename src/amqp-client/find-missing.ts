/** Looks which exchanges and queues do not exist: many names on one channel, as long as the broker finds them all. */
import type { AmqpConnection } from "./connection.ts";
import { AmqpChannelError } from "./errors.ts";

/** Names of exchanges and queues. */
export interface TopologyNames {
  readonly exchanges: readonly string[];
  readonly queues: readonly string[];
}

export interface FoundTopology {
  /** Those that do not exist. */
  readonly missing: TopologyNames;
  /** How many messages are ready in each queue that exists. */
  readonly messages: ReadonlyMap<string, number>;
  /** Queues with consumers. */
  readonly consumed: ReadonlySet<string>;
  /** What the broker refused to show to this login. */
  readonly refused: readonly string[];
}

/**
 * Asks by passive declarations. What the login may not ask about counts as existing: RabbitMQ asks the permission `configure`
 * since 4.2.6 and 4.3.0. Rejects when the connection is lost in the meantime.
 *
 * @param stopAtFirst ask no more once one is missing
 */
export async function findMissing(
  connection: AmqpConnection,
  names: TopologyNames,
  { stopAtFirst = false }: { readonly stopAtFirst?: boolean } = {},
): Promise<FoundTopology> {
  const missing = { exchanges: [] as string[], queues: [] as string[] };
  const messages = new Map<string, number>();
  const consumed = new Set<string>();
  const untold: string[] = [];
  const left = [
    ...names.exchanges.map((name) => ({ name, kind: "exchanges" as const })),
    ...names.queues.map((name) => ({ name, kind: "queues" as const })),
  ];
  while (left.length > 0) {
    try {
      await connection.withChannel(async (channel) => {
        for (let next = left[0]; next; next = left[0]) {
          if (next.kind === "exchanges") await channel.checkExchange(next.name);
          else {
            const { messageCount, consumerCount } = await channel.checkQueue(next.name);
            messages.set(next.name, messageCount);
            if (consumerCount > 0) consumed.add(next.name);
          }
          left.shift();
        }
      });
    } catch (error) {
      // The broker closes the channel with its refusal; the other names are asked on the next one.
      const refused = left.shift();
      if (!(error instanceof AmqpChannelError) || refused === undefined) throw error;
      if (error.replyCode === undefined) throw error;
      if (error.replyCode !== 404) {
        untold.push(refused.name);
        continue;
      }
      missing[refused.kind].push(refused.name);
      if (stopAtFirst) break;
    }
  }
  return { missing, messages, consumed, refused: untold };
}
