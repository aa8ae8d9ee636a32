/** Watches the dead-letter queues of subscriptions: what arrives, whether they keep it, and whether they are deleted. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { inspectQueue } from "../../../amqp-client/topology.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { deadLetterQueueName } from "../names/queue-name.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { declareDeadLetterQueue, type TopologySettings } from "../topology/topology.ts";
import type { TopologyWatch } from "../topology/topology-watch.ts";
import { DeadLetterWatch } from "./dead-letter-watch.ts";
import { DroppedDeadLetters } from "./dropped-dead-letters.ts";

export interface DeadLetterWatchesSettings {
  readonly context: ServiceContext;
  /** On which messages are counted. */
  readonly connection: AmqpConnection;
  readonly watch: Pick<TopologyWatch, "add">;
}

export class DeadLetterWatches {
  readonly #settings: DeadLetterWatchesSettings;
  /** By dead-letter queue. A shared one is counted and reported once. */
  readonly #watches = new Map<string, DeadLetterWatch>();

  constructor(settings: DeadLetterWatchesSettings) {
    this.#settings = settings;
  }

  of(plan: SubscriptionPlan, topology: TopologySettings): DeadLetterWatch {
    const { deadLetterQueue, declare } = plan.queue;
    const deadLetters = this.#watches.get(deadLetterQueue) ?? this.#create(plan);
    this.#watches.set(deadLetterQueue, deadLetters);
    // In the python profile the queue is declared when it is first needed.
    if (topology.options.topology.profile === "reliable" && declare !== false) {
      this.#lookAfter(plan, topology, deadLetters);
    }
    return deadLetters;
  }

  #create({ queue: { queueName, deadLetterQueue, declare }, handler }: SubscriptionPlan): DeadLetterWatch {
    const { context, connection } = this.#settings;
    const deadLetters = new DeadLetterWatch({
      deadLetterQueue,
      logger: deadLetterQueue === deadLetterQueueName(queueName) ? handler.logger : context.logger,
      hook: context.onDeadLetter,
      count: async () => (await inspectQueue(connection, deadLetterQueue))?.messageCount,
    });
    // The start does not wait for it.
    if (declare !== false) void deadLetters.start();
    return deadLetters;
  }

  #lookAfter({ queue }: SubscriptionPlan, topology: TopologySettings, deadLetters: DeadLetterWatch): void {
    const { deadLetterQueue, declare } = queue;
    const { logger } = topology;
    const dropped = new DroppedDeadLetters({ deadLetterQueue, logger, copies: () => deadLetters.copies });
    this.#settings.watch.add(deadLetterQueue, {
      exchanges: [],
      queues: [deadLetterQueue],
      consequence: "The dead letters that were in it were deleted with it.",
      restore: declare === true ? () => declareDeadLetterQueue(queue, topology) : undefined,
      looked: async ({ messages, consumed }) =>
        dropped.looked(messages.get(deadLetterQueue), consumed.has(deadLetterQueue)),
    });
  }
}
