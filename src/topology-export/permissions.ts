/** What a login needs on the broker, for each purpose: exactly these names of exchanges and queues, and no other. */
import { leaseQueueName, noteQueueName } from "../transports/amqp/names/queue-name.ts";
import type { SubscriptionPlan } from "../transports/amqp/options/plan.ts";
import type { QueuePlan } from "../transports/amqp/options/queue-plan.ts";
import { RetryNames, retryDelaysOf } from "../transports/amqp/topology/retry-parts.ts";
import { exchangePart, type PlannedService } from "../transports/amqp/topology/service-topology.ts";

/** What the login does: it declares everything, checks that it exists, only runs, or works on dead letters. */
export type LoginPurpose = "declare" | "verify" | "run" | "dlq";

/** The three expressions of `rabbitmqctl set_permissions`. */
export interface LoginPermissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** Regular expressions, each for whole names, by right. */
export interface NamePatterns {
  readonly configure: readonly string[];
  readonly write: readonly string[];
  readonly read: readonly string[];
}

/** RabbitMQ's name for the default exchange, in permissions: dead letters and replies go by it. */
const defaultExchange = "amq\\.default";

/**
 * https://www.rabbitmq.com/docs/access-control: to declare asks for configure; to bind a queue for write on the queue and read on the
 * exchange; to declare a queue with a dead-letter exchange for read on the queue and write on that exchange; to declare an exchange
 * with an alternate exchange for read on the first and write on the other.
 */
export function patternsFor(
  purpose: LoginPurpose,
  planned: PlannedService,
  publishesTo: readonly string[],
): NamePatterns {
  const { options, plans } = planned;
  const names = new RetryNames(planned.service, options.naming.queueNamePrefix);
  const queues = plans.map(({ queue }) => queuePattern(queue));
  const deadLetters = [...plans.map(({ queue }) => exactly(queue.deadLetterQueue)), exactly(names.lostQueue)];
  const previous = plans.flatMap(({ queue }) =>
    queue.previousQueueNames.map((name) => options.naming.queueNamePrefix + name),
  );
  const declared = plans.flatMap((plan) => exchangePart(plan).exchanges.map(({ name }) => exactly(name)));
  const bound = plans.filter(({ bindings }) => !bindings.leased).map(({ bindings }) => exactly(bindings.exchangeName));
  const published = [options.naming.exchangeName, ...publishesTo].map((name) =>
    name === "" ? defaultExchange : exactly(name),
  );
  const consumed = [...queues, ...previous.map(exactly)];
  const tiers = tierNames(names, plans);
  const retries = retryPatterns(names);
  const own = ofInstances(plans);
  const leased = plans.filter(({ bindings }) => bindings.leased);
  const leases = leased.map(({ queue }) => exactly(leaseQueueName(queue.queueName)));
  const notes = leased.map(({ queue }) => exactly(noteQueueName(queue.queueName)));
  switch (purpose) {
    case "declare":
      return {
        configure: [...declared, ...queues, ...deadLetters, ...retries, ...notes, ...leases],
        write: [...consumed, ...retries, defaultExchange, ...published],
        read: [...consumed, ...retries, ...bound, ...declared, ...notes],
      };
    case "verify":
      return {
        configure: [...own.configure, ...leases],
        write: [...own.write, defaultExchange, ...tiers, ...published],
        read: [...own.read, ...consumed, ...notes, ...deadLetters, ...declared, ...(tiers.length > 0 ? retries : [])],
      };
    case "run":
      return {
        configure: [...own.configure, ...leases],
        write: [...own.write, defaultExchange, ...tiers, ...published],
        read: [...own.read, ...consumed, ...notes],
      };
    default:
      return {
        configure: [],
        write: [defaultExchange],
        read: [...deadLetters, ...previous.map((name) => exactly(`${name}.dlq`))],
      };
  }
}

/** Several services may have one login: it needs what any of them needs. */
export function permissionsOf(patterns: readonly NamePatterns[]): LoginPermissions {
  const expression = (right: keyof NamePatterns): string => {
    const all = [...new Set(patterns.flatMap((one) => one[right]))];
    // The empty expression allows nothing, and some tools drop it.
    return all.length === 0 ? "^$" : `^(${all.join("|")})$`;
  };
  return { configure: expression("configure"), write: expression("write"), read: expression("read") };
}

/** Each instance declares its own queue, also if another tool declares the others. */
function ofInstances(plans: readonly SubscriptionPlan[]): NamePatterns {
  const own = plans.filter(({ queue }) => queue.perInstance);
  const queues = own.map(({ queue }) => queuePattern(queue));
  return {
    configure: [...queues, ...own.map(({ queue }) => exactly(queue.deadLetterQueue))],
    write: queues,
    read: [...queues, ...own.map(({ bindings }) => exactly(bindings.exchangeName))],
  };
}

/** The exchanges that copies go to. */
function tierNames(names: RetryNames, plans: readonly SubscriptionPlan[]): readonly string[] {
  return [...new Set(plans.flatMap(retryDelaysOf))].map((delayMs) => exactly(names.tier(delayMs)));
}

/** All of a service that may declare: RetryLater makes further queues when it is thrown. */
function retryPatterns({ returnExchange, lostExchange, lostQueue }: RetryNames): readonly string[] {
  const base = returnExchange.slice(0, -".return".length);
  return [exactly(returnExchange), exactly(lostExchange), exactly(lostQueue), `${exactly(base)}\\.retry\\.[^.]+`];
}

/** Of a queue of one instance's own: that of any instance. */
function queuePattern({ queueName, deadLetterQueue, perInstance }: QueuePlan): string {
  if (!perInstance) return exactly(queueName);
  const base = deadLetterQueue.slice(0, -".dlq".length);
  if (queueName.startsWith(`${base}.`)) return `${exactly(base)}\\..+`;
  // A hash of the whole, or the whole is one.
  const hash = /[0-9a-f]{64}$|[0-9a-f]{16}$/.exec(queueName)?.[0] ?? "";
  return `${exactly(queueName.slice(0, queueName.length - hash.length))}[0-9a-f]{${hash.length}}`;
}

/** The name as a regular expression. */
function exactly(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
