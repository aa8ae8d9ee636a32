/** Reads messages in queues and leaves them there: dead letters, or messages that wait. */
import { DeadLetterBrowser, type DeadLetterEntry } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import { decodeRoutingKey } from "../../transports/amqp/names/routing-key.ts";
import { topicMatches } from "../../transports/amqp/names/topic-pattern.ts";
import { closest } from "../../util/closest.ts";
import type { DeadLetterPlace } from "./dead-letter-looks.ts";
import { ConsoleError } from "./errors.ts";
import { connectionKey, type PlannedServices } from "./planned-services.ts";

export interface LookWish {
  /** The names of the queues. Empty: all dead-letter queues of the services. */
  readonly queues: readonly string[];
  /** Whether to read the dead letters of the queues instead of the queues themselves. */
  readonly deadLetters: boolean;
  /** Only messages whose key matches this pattern. @default all messages */
  readonly pattern: string | undefined;
  readonly count: number;
}

/**
 * The messages in the order of the queues. They stay there.
 * @throws ConsoleError for a queue that the services do not have; AmqpError if a broker cannot be reached
 */
export async function lookForMessages(
  wish: LookWish,
  planned: Pick<PlannedServices, "subscriptions">,
  places: readonly DeadLetterPlace[],
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<readonly DeadLetterEntry[]> {
  const found: DeadLetterEntry[] = [];
  const prefixes = [...new Set(planned.subscriptions.map(({ options }) => options.naming.routingKeyPrefix))];
  for (const group of byBroker(wantedPlaces(wish, planned, places))) {
    const browser = new DeadLetterBrowser(group.connection, logger);
    try {
      await browser.open(signal);
      for (const queue of group.queues) {
        if (found.length >= wish.count || !(await browser.count(queue))) continue;
        await browser.work({
          queue,
          action: { kind: "look" },
          signal,
          limit: wish.count - found.length,
          matches: (entry) => fits(entry, wish.pattern, prefixes),
          done: (entry) => void found.push(entry),
        });
      }
    } finally {
      await browser.close();
    }
  }
  return found;
}

/** Whether a key matches the pattern. The pattern has no prefix, as in a decorator. */
function fits(
  { routingKey, message }: DeadLetterEntry,
  pattern: string | undefined,
  prefixes: readonly string[],
): boolean {
  if (pattern === undefined) return true;
  const key = decodeRoutingKey(routingKey ?? message.routingKey);
  return prefixes.some((prefix) => key.startsWith(prefix) && topicMatches(pattern, key.slice(prefix.length)));
}

type Place = Pick<DeadLetterPlace, "connection" | "queue">;

function wantedPlaces(
  { queues, deadLetters }: LookWish,
  { subscriptions }: Pick<PlannedServices, "subscriptions">,
  places: readonly DeadLetterPlace[],
): readonly Place[] {
  if (queues.length === 0) return places;
  const own = subscriptions.map(({ options, plan: { queue } }) => ({
    connection: options.connection,
    queue: queue.queueName,
    deadLetterQueue: queue.deadLetterQueue,
    asWritten: queue.queueName.slice(options.naming.queueNamePrefix.length),
  }));
  return queues.map((name) => {
    const live = own.find(({ queue, asWritten }) => queue === name || asWritten === name);
    if (live) return { connection: live.connection, queue: deadLetters ? live.deadLetterQueue : live.queue };
    const dead = places.find(({ queue }) => queue === name || (deadLetters && queue === `${name}.dlq`));
    if (dead) return dead;
    const known = [...own.map(({ queue }) => queue), ...places.map(({ queue }) => queue)];
    const meant = closest(name, known);
    const cure = meant === undefined ? `They have ${known.join(", ")}.` : `Did you mean "${meant}"?`;
    throw new ConsoleError(404, `These services have no queue "${name}". ${cure}`);
  });
}

function byBroker(places: readonly Place[]): readonly {
  readonly connection: Place["connection"];
  readonly queues: readonly string[];
}[] {
  const groups = new Map<string, { readonly connection: Place["connection"]; readonly queues: string[] }>();
  for (const { connection, queue } of places) {
    const key = connectionKey(connection);
    const group = groups.get(key) ?? { connection, queues: [] };
    if (!group.queues.includes(queue)) group.queues.push(queue);
    groups.set(key, group);
  }
  return [...groups.values()];
}
