/**
 * What services need on one broker: each exchange, queue and binding once, with the service that declares it, and the permissions of the
 * login.
 */
import type { Binding, ExchangeDeclaration, QueueDeclaration } from "../amqp-client/topology.ts";
import { leaseQueueName, noteQueueName } from "../transports/amqp/names/queue-name.ts";
import type { DeclareMode } from "../transports/amqp/options/declare-option.ts";
import type { TopologyPart } from "../transports/amqp/topology/retry-parts.ts";
import { retryDelaysOf } from "../transports/amqp/topology/retry-parts.ts";
import {
  exchangePart,
  type PlannedService,
  queuePart,
  retryParts,
} from "../transports/amqp/topology/service-topology.ts";

/** An object, the services that need it, and whether a difference makes the start fail. */
export interface Wanted<T> {
  readonly what: T;
  readonly declare: DeclareMode;
  readonly strict: boolean;
}

export interface WantedTopology {
  readonly exchanges: readonly Wanted<ExchangeDeclaration>[];
  readonly queues: readonly Wanted<QueueDeclaration>[];
  readonly bindings: readonly Wanted<Binding>[];
}

/** `start`: without it the start fails. `later`: something else fails, such as a publish. */
export interface Permission {
  readonly needed: "start" | "later";
  readonly service: string;
  readonly to:
    | { readonly kind: "declare queue" | "consume"; readonly queue: string }
    | { readonly kind: "declare exchange" | "publish"; readonly exchange: string }
    | { readonly kind: "bind"; readonly queue: string; readonly exchange: string; readonly routingKey: string };
}

/** Queues of single instances are left out, because each instance has other ones. */
export function wantedTopology(all: readonly PlannedService[]): WantedTopology {
  const parts = all.flatMap((planned) => {
    const { options } = planned;
    const { strict } = options.topology;
    const shared = planned.plans.filter(({ queue }) => !queue.perInstance);
    return [
      ...shared.map((plan) => ({ part: exchangePart(plan), declare: plan.bindings.declare, strict })),
      ...shared.map((plan) => ({ part: queuePart(plan, planned), declare: plan.queue.declare, strict })),
      ...retryParts(planned).map((part) => ({ part, declare: options.topology.declare.queue, strict })),
    ];
  });
  const each = <T>(list: (part: TopologyPart) => readonly T[]): readonly Wanted<T>[] =>
    parts.flatMap(({ part, declare, strict }) => list(part).map((what) => ({ what, declare, strict })));
  return {
    exchanges: once(
      each(({ exchanges }) => exchanges),
      ({ name }) => name,
    ),
    queues: once(
      each(({ queues }) => queues),
      ({ name }) => name,
    ),
    bindings: once(
      each(({ bindings }) => bindings),
      (binding) => JSON.stringify(binding),
    ),
  };
}

/** The permissions that the login of a service needs, in the order in which a start needs them. */
export function neededPermissions(planned: PlannedService): readonly Permission[] {
  const { service, options, plans } = planned;
  const atStart = (to: Permission["to"]): Permission => ({ needed: "start", service, to });
  const later = (to: Permission["to"]): Permission => ({ needed: "later", service, to });
  const isLazy = options.topology.profile === "python";
  const retries = retryParts(planned);
  const tiers = [...new Set(plans.flatMap(retryDelaysOf))].length > 0;
  const declaresRetries = options.topology.declare.queue === true;
  return [
    ...plans.flatMap((plan): readonly Permission[] => {
      const { queue, bindings } = plan;
      const declares = queue.declare === true;
      const own = exchangePart(plan).exchanges.map(
        ({ name: exchange }) => ({ kind: "declare exchange", exchange }) as const,
      );
      const leased = bindings.leased
        ? [leaseQueueName(queue.queueName), ...(declares ? [noteQueueName(queue.queueName)] : [])]
        : [];
      const failed = { kind: "declare queue", queue: queue.deadLetterQueue } as const;
      return [
        ...(bindings.declare === true ? own.map(atStart) : []),
        ...(declares ? [atStart({ kind: "declare queue", queue: queue.queueName })] : []),
        ...(declares ? [isLazy ? later(failed) : atStart(failed)] : []),
        ...leased.map((name) => atStart({ kind: "declare queue", queue: name })),
        ...(declares ? bindingsOf(queuePart(plan, { ...planned, plans: [plan] })).map(atStart) : []),
        atStart({ kind: "consume", queue: queue.queueName }),
        ...(bindings.leased ? [atStart({ kind: "consume", queue: noteQueueName(queue.queueName) })] : []),
      ];
    }),
    ...(declaresRetries
      ? retries.flatMap((part) => [
          ...part.exchanges.map(({ name: exchange }) => atStart({ kind: "declare exchange", exchange })),
          ...part.queues.map(({ name: queue }) => atStart({ kind: "declare queue", queue })),
          ...bindingsOf(part).map(atStart),
        ])
      : []),
    ...(tiers ? tierExchanges(retries).map((exchange) => later({ kind: "publish", exchange })) : []),
    ...(plans.length > 0 ? [later({ kind: "publish", exchange: "" })] : []),
    later({ kind: "publish", exchange: options.naming.exchangeName }),
  ];
}

function bindingsOf({ bindings }: TopologyPart): readonly Permission["to"][] {
  return bindings.map((binding) => ({ kind: "bind", ...binding }));
}

/** Copies for a later run are published to the exchange in front of the queue in which they wait. */
function tierExchanges(parts: readonly TopologyPart[]): readonly string[] {
  return parts.flatMap(({ exchanges, queues }) =>
    exchanges.flatMap(({ name }) => (queues.some((queue) => queue.name === name) ? [name] : [])),
  );
}

/** Each object once. It is declared if any of the services declares it. */
function once<T>(items: readonly Wanted<T>[], keyOf: (what: T) => string): readonly Wanted<T>[] {
  const found = new Map<string, Wanted<T>>();
  for (const item of items) {
    const known = found.get(keyOf(item.what));
    if (!known || (known.declare !== true && item.declare === true)) found.set(keyOf(item.what), item);
  }
  return [...found.values()];
}
