/** Which dead-letter queues a `tomodachi dlq` works on, and on which brokers. */
import {
  describeEndpoint,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "../../amqp-client/options.ts";
import { deadLetterQueuesOf, globPattern } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import { closest } from "../../util/closest.ts";
import { QueueNotThereError } from "../common/errors.ts";
import { type Environment, environmentToAsk } from "../common/run-surroundings.ts";
import type { DlqSettings } from "./dlq-arguments.ts";

export interface TargetQueue {
  readonly name: string;
  /** Whether it may be missing without a mistake: the service has not started yet, or does not need the queue. */
  readonly mayBeAbsent: boolean;
  /** Whether a missing queue is not mentioned. */
  readonly hidden: boolean;
}

/** Dead-letter queues on one broker. */
export interface DlqTarget {
  readonly connection: ResolvedConnectionOptions;
  readonly queues: readonly TargetQueue[];
  /** For former queue names, the current names: a replay goes to the current queue. */
  readonly movedTo: ReadonlyMap<string, string>;
}

interface FoundTarget {
  readonly connection: ResolvedConnectionOptions;
  readonly queues: Map<string, TargetQueue>;
  readonly movedTo: Map<string, string>;
}

const suffix = ".dlq";
/** The name of the connection that options.amqp itself describes. */
const defaultConnection = "default";

/** @throws QueueNotThereError if `--queue` fits no queue of the services */
export function findTargets(
  services: readonly Service[],
  { queues, url, connection }: Pick<DlqSettings, "queues" | "url" | "connection">,
  given: Environment,
  logger: Logger,
): readonly DlqTarget[] {
  const environment = environmentToAsk(services, url, given);
  if (services.length === 0) {
    const named = [...new Set(queues.map(withSuffix))].map((name) => ({ name, mayBeAbsent: false, hidden: false }));
    return [{ connection: resolveConnectionOptions({}, environment), queues: named, movedTo: new Map() }];
  }
  const targets = new Map<string, FoundTarget>();
  const found = services.flatMap((service) => deadLetterQueuesOf(service, environment, logger));
  for (const entries of byConnection(found, connection)) {
    // The place of the options is left out, so that the queues of one broker are listed once, whatever connection names them.
    const key = JSON.stringify({ ...entries.connection, place: undefined });
    const fresh = { connection: entries.connection, queues: new Map(), movedTo: new Map() };
    const target = targets.get(key) ?? fresh;
    targets.set(key, target);
    for (const name of entries.queues) target.queues.set(name, { name, mayBeAbsent: true, hidden: false });
    for (const name of [...entries.previousQueues, entries.lostQueue]) {
      if (!target.queues.has(name)) target.queues.set(name, { name, mayBeAbsent: true, hidden: true });
    }
    for (const [previous, today] of entries.movedTo) target.movedTo.set(previous, today);
  }
  return chosen(
    [...targets.values()].map((target) => ({ ...target, queues: [...target.queues.values()] })),
    queues,
  );
}

/**
 * The entries of one connection, or of all if none is named.
 * @throws QueueNotThereError if no service has subscriptions on this connection
 */
function byConnection<T extends { readonly connectionName: string | undefined }>(
  found: readonly T[],
  wanted: string | undefined,
): readonly T[] {
  if (wanted === undefined) return found;
  const fitting = found.filter(({ connectionName = defaultConnection }) => connectionName === wanted);
  if (fitting.length > 0) return fitting;
  const known = [...new Set(found.map(({ connectionName = defaultConnection }) => connectionName))];
  const meant = closest(wanted, known);
  const cure = meant ? `Did you mean "${meant}"?` : `They have: ${known.join(", ")}.`;
  throw new QueueNotThereError(
    `None of these services has a subscription on the connection "${wanted}" (--connection). ${cure}`,
  );
}

/** The name of a dead-letter queue. The suffix may be left out, because the command works on no other queues. */
function withSuffix(name: string): string {
  return name.endsWith(suffix) ? name : name + suffix;
}

function chosen(targets: readonly DlqTarget[], wanted: readonly string[]): readonly DlqTarget[] {
  if (wanted.length === 0) return targets;
  const known = targets.flatMap(({ queues }) => queues.map(({ name }) => name));
  const patterns = wanted.map((word) => ({ word, exact: globPattern(word), suffixed: globPattern(word + suffix) }));
  for (const { word, exact, suffixed } of patterns) {
    if (known.some((name) => exact.test(name) || suffixed.test(name))) continue;
    const meant = nearQueue(word, known);
    const cure = meant === undefined ? "" : ` Did you mean "${meant}"?`;
    throw new QueueNotThereError(
      `No dead-letter queue of these services matches --queue "${word}".${cure} They have: ${known.join(", ")}.`,
    );
  }
  const fits = (name: string): boolean =>
    patterns.some(({ exact, suffixed }) => exact.test(name) || suffixed.test(name));
  return targets
    .map((target) => ({ ...target, queues: target.queues.filter(({ name }) => fits(name)) }))
    .filter(({ queues }) => queues.length > 0);
}

/** Finds a queue by its whole name or by a part of it, because people leave out the prefix and the service. */
function nearQueue(word: string, known: readonly string[]): string | undefined {
  const bare = (name: string): string => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : name);
  const near = closest(bare(word), known.map(bare));
  if (near !== undefined) return near;
  const [only, ...others] = known.filter((name) => name.toLowerCase().includes(bare(word).toLowerCase()));
  return others.length === 0 && only !== undefined ? bare(only) : undefined;
}

/** The address without any secret. */
export function addressOf({ connection }: Pick<DlqTarget, "connection">): string {
  return describeEndpoint(connection);
}

/** The error for a named queue that does not exist. */
export function notThere(queue: string): QueueNotThereError {
  return new QueueNotThereError(
    `There is no queue "${queue}" on this broker, in this virtual host. Check the name (\`tomodachi dlq list service/\` shows the queues of a service), and --broker or TOMODACHI_AMQP_URL.`,
  );
}
