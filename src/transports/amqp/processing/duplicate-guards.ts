/** Which guard against duplicates a subscription has: one for each method, in this process alone or with a store as well. */
import { randomUUID } from "node:crypto";
import type { ServiceContext } from "../../../service/transport.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { holdMsOf } from "../topology/broker-support.ts";
import { type DuplicateGuard, Duplicates } from "./duplicates.ts";
import { SharedDuplicates } from "./shared-duplicates.ts";

export interface DuplicateGuardsSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  /** Aborts when a shutdown has waited long enough. */
  readonly abort: AbortSignal;
}

export class DuplicateGuards {
  readonly #settings: DuplicateGuardsSettings;
  /** By method: a message that reaches it by two queues is handled once. */
  readonly #guards = new Map<string, DuplicateGuard>();

  constructor(settings: DuplicateGuardsSettings) {
    this.#settings = settings;
  }

  of(plan: SubscriptionPlan): DuplicateGuard {
    const { name } = plan.handler;
    const guard = this.#guards.get(name) ?? this.#create(plan);
    this.#guards.set(name, guard);
    return guard;
  }

  /** If each instance has its own copy of every message, the work of another one does not matter. */
  #create({ handler, queue, runs, deduplication }: SubscriptionPlan): DuplicateGuard {
    const { options, context, abort } = this.#settings;
    const local = new Duplicates(deduplication.deduplicationWindow);
    const { deduplicationStore: store } = options.consuming;
    if (!store || queue.perInstance) return local;
    const by = options.name === undefined ? "" : `@${options.name}`;
    return new SharedDuplicates({
      store,
      local,
      prefix: `${options.naming.queueNamePrefix}${context.name}.${handler.name}${by}:`,
      owner: randomUUID(),
      logger: handler.logger,
      clock: context.clock,
      // The shorter limit: the broker is not known here.
      holdMs: holdMsOf(runs, options.consuming, undefined),
      signal: abort,
    });
  }
}
