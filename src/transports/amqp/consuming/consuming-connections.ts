/**
 * The connections that consumers share. Each consumer has its own channel, and a broker may allow few on one connection
 * (hosted ones often 200): what does not fit on the first gets further connections.
 */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { createRepeat, type Repeat, repeatOnBoth } from "../../../amqp-client/repeat-when-lost.ts";
import type { SubscriptionPlan } from "../options/plan.ts";

/** Channels kept free on each connection: for declarations, checks of queues and a consumer that starts again. */
const spareChannels = 16;

/** Where a plan is declared and consumed. */
export interface AssignedConnection {
  readonly connection: AmqpConnection;
  /** Runs steps of the start again when a connection was lost under them. */
  readonly repeat: Repeat;
}

export class ConsumingConnections {
  /** Opened before the others: it knows what the broker allows. */
  readonly first: AmqpConnection;
  readonly #create: () => AmqpConnection;
  readonly #more: AmqpConnection[] = [];

  constructor(create: () => AmqpConnection) {
    this.#create = create;
    this.first = create();
  }

  get all(): readonly AmqpConnection[] {
    return [this.first, ...this.#more];
  }

  /**
   * Gives each plan its connection, and opens as many as that takes. Call it when the first one is open. Steps are repeated for so
   * many seconds.
   */
  async assign(
    plans: readonly SubscriptionPlan[],
    signal: AbortSignal,
    seconds: number,
  ): Promise<readonly (AssignedConnection & { readonly plan: SubscriptionPlan })[]> {
    const connections = this.#connectionsOf(plans);
    await Promise.all(this.#more.map((one) => one.open(signal)));
    const repeats = new Map(this.all.map((connection) => [connection, createRepeat({ connection, seconds, signal })]));
    const onFirst = repeats.get(this.first) as Repeat;
    return plans.map((plan, at) => {
      const connection = connections[at] ?? this.first;
      const own = repeats.get(connection) as Repeat;
      // Retry queues are declared on the first connection, whichever a plan has.
      return { plan, connection, repeat: own === onFirst ? own : repeatOnBoth(onFirst, own) };
    });
  }

  /** Runs a step of the start again when the first connection was lost during it, for this many seconds. */
  repeatOnFirst(signal: AbortSignal, seconds: number): Repeat {
    return createRepeat({ connection: this.first, seconds, signal });
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((connection) => connection.close()));
  }

  #connectionsOf(plans: readonly SubscriptionPlan[]): readonly AmqpConnection[] {
    const room = Math.max(1, this.first.limits.channelMax - spareChannels);
    let connection = this.first;
    let used = 0;
    return plans.map((plan) => {
      const channels = 1 + plan.queue.previousQueueNames.length;
      if (used > 0 && used + channels > room) {
        connection = this.#create();
        this.#more.push(connection);
        used = 0;
      }
      used += channels;
      return connection;
    });
  }
}
