/**
 * The connections that consumers share. Each consumer has a channel of its own, and a broker may allow few on one connection
 * (hosted ones often 200): what does not fit on the first gets further connections.
 */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { SubscriptionPlan } from "../options/plan.ts";

/** Channels kept free on each connection: for declarations, looks into queues and a consumer that begins anew. */
const spareChannels = 16;

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

  /** Gives each plan its connection, and opens as many as that takes. Call it when the first one is open. */
  async assign(
    plans: readonly SubscriptionPlan[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<SubscriptionPlan, AmqpConnection>> {
    const assigned = new Map<SubscriptionPlan, AmqpConnection>();
    const room = Math.max(1, this.first.limits.channelMax - spareChannels);
    let connection = this.first;
    let used = 0;
    for (const plan of plans) {
      const channels = 1 + plan.queue.previousQueueNames.length;
      if (used > 0 && used + channels > room) {
        connection = this.#create();
        this.#more.push(connection);
        used = 0;
      }
      used += channels;
      assigned.set(plan, connection);
    }
    await Promise.all(this.#more.map((one) => one.open(signal)));
    return assigned;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((connection) => connection.close()));
  }
}
