/** The queues that Python tomodachi declares for the subscriptions of a service, and what to write here to take them over. */
import type { ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import type { Logger } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import { secondsOf } from "../../util/duration.ts";
import { pythonQueueName } from "./names/queue-name.ts";
import { encodeRoutingKey } from "./names/routing-key.ts";
import type { SubscriptionPlan } from "./options/plan.ts";
import { plansOf, type ServicePlans } from "./service-plans.ts";

/** Python's default for `queue_ttl`: a day. */
const pythonQueueTtl = "1d";

/** A queue that Python declares for one kind of subscription. */
export interface PythonQueue {
  /** How the subscription is written in Python. */
  readonly subscription: string;
  readonly name: string;
  /** The decorator in the python profile, for the time while Python still runs. */
  readonly shared: string;
  /** The decorator in the reliable profile, for the time after Python has stopped. */
  readonly moved: string;
}

export interface PythonSubscription {
  readonly label: string;
  readonly exchangeName: string;
  /** The patterns, as written and as bound. */
  readonly keys: readonly { readonly pattern: string; readonly bound: string }[];
  /** The queue that this service uses for it now. */
  readonly queueName: string;
  readonly expiresMs: number;
  readonly queues: readonly PythonQueue[];
  /** True if the names of non-competing subscriptions cannot be known: Python's `uuid` is random unless the class sets it. */
  readonly unknownUuid: boolean;
  /** Previous queues that the service already names. */
  readonly previousQueueNames: readonly string[];
}

export interface PythonMove {
  readonly service: string;
  /** The name of the connection; undefined for the default one. */
  readonly connectionName: string | undefined;
  readonly connection: ResolvedConnectionOptions;
  readonly topology: "reliable" | "python";
  readonly subscriptions: readonly PythonSubscription[];
}

/**
 * Finds out what Python declared, from the options of the service here. Returns one entry for each connection with subscriptions. `uuid` is
 * the uuid that the Python class sets, if any.
 *
 * @throws ConfigurationError or AmqpError, as the start of the service would
 */
export function pythonMovesOf(
  service: Service,
  { environment, uuid }: { readonly environment: Readonly<Record<string, string | undefined>>; readonly uuid?: string },
  logger: Logger,
): readonly PythonMove[] {
  const [first, ...named] = plansOf(service, environment, logger);
  const consuming = [...(first ? [first] : []), ...named.filter(({ plans }) => plans.length > 0)];
  return consuming.map((planned) => ({
    service: service.name,
    connectionName: planned.options.name,
    connection: planned.options.connection,
    topology: planned.options.topology.profile,
    // Python does not fill leased queues.
    subscriptions: planned.plans
      .filter(({ bindings }) => !bindings.leased)
      .map((plan) => subscriptionOf(plan, planned, uuid)),
  }));
}

function subscriptionOf(
  plan: SubscriptionPlan,
  { options }: ServicePlans,
  uuid: string | undefined,
): PythonSubscription {
  const { queueName: given, queueTtl } = plan.handler.options.options;
  const { handler } = plan;
  const { queueName, previousQueueNames } = plan.queue;
  const { patterns, previousPatterns, exchangeName } = plan.bindings;
  const all = [...new Set([...patterns, ...previousPatterns])];
  const { queueNamePrefix: prefix, routingKeyPrefix } = options.naming;
  const bare = (name: string): string => name.slice(prefix.length);
  const queues: PythonQueue[] = [];
  if (given === undefined) {
    for (const routingKey of all) {
      const named = { prefix, routingKey, uuid: uuid ?? "", functionName: "" };
      const name = pythonQueueName({ ...named, competing: true });
      const what = `@amqp(${JSON.stringify(routingKey)}, competing=True)`;
      queues.push({ subscription: what, name, shared: "competing: true", moved: previousNamesOf([bare(name)]) });
      for (const functionName of uuid === undefined ? [] : functionNamesOf(plan)) {
        const own = pythonQueueName({ ...named, functionName, competing: false });
        const subscription = `@amqp(${JSON.stringify(routingKey)}) on ${functionName}, a default subscription`;
        queues.push({ subscription, name: own, shared: queueNameOf(bare(own)), moved: previousNamesOf([bare(own)]) });
      }
    }
  } else {
    // A subscription in the reliable profile has a new queue name, and its former name in `previousQueueNames`.
    for (const name of previousQueueNames.length > 0 ? previousQueueNames : [given]) {
      const next = name === given ? `${given}-v2` : given;
      const moved = `${queueNameOf(next)}, ${previousNamesOf([name])}`;
      const subscription = `queue_name=${JSON.stringify(name)}`;
      queues.push({ subscription, name: prefix + name, shared: queueNameOf(name), moved });
    }
  }
  return {
    label: handler.label,
    exchangeName,
    keys: all.map((pattern) => ({ pattern, bound: encodeRoutingKey(routingKeyPrefix + pattern) })),
    queueName,
    expiresMs: secondsOf(queueTtl ?? options.handling.queueTtl ?? pythonQueueTtl) * 1000,
    queues,
    unknownUuid: given === undefined && uuid === undefined,
    previousQueueNames: previousQueueNames.map((name) => prefix + name),
  };
}

/** Possible names of the function in Python: from the decorator, or else the name of the method, also in snake case. */
function functionNamesOf({ handler }: SubscriptionPlan): readonly string[] {
  const { functionName } = handler.options.options;
  if (functionName !== undefined) return [functionName];
  const snake = handler.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");
  return [...new Set([snake, handler.name])];
}

function queueNameOf(name: string): string {
  return `queueName: ${JSON.stringify(name)}`;
}

function previousNamesOf(names: readonly string[]): string {
  return `previousQueueNames: [${names.map((name) => JSON.stringify(name)).join(", ")}]`;
}
