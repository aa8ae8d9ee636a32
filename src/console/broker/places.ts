/** Which dead-letter queues on which brokers belong to the services, and which queues are counted. */
import { deadLetterQueuesOf } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import type { DeadLetterPlace } from "./dead-letter-looks.ts";
import { connectionKey, type PlannedServices } from "./planned-services.ts";
import type { CountedQueues } from "./queue-counts.ts";

/** @throws ConfigurationError or AmqpError, as the start of the services would */
export function placesOf(
  services: readonly Service[],
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): readonly DeadLetterPlace[] {
  const found = services.flatMap((service) => deadLetterQueuesOf(service, environment, logger));
  return found.flatMap(({ connection, movedTo, queues, previousQueues, lostQueue }) =>
    [...queues, ...previousQueues, lostQueue].map((queue) => ({ connection, queue, movedTo })),
  );
}

/** Every queue once, grouped by its broker. */
export function queuesToCount(
  { subscriptions, retryQueues }: Pick<PlannedServices, "subscriptions" | "retryQueues">,
  places: readonly DeadLetterPlace[],
): readonly CountedQueues[] {
  const all = [
    ...subscriptions.map(({ options, plan }) => ({ connection: options.connection, queue: plan.queue.queueName })),
    ...retryQueues.map(({ options, queue }) => ({ connection: options.connection, queue })),
    ...places,
  ];
  const groups = new Map<string, { readonly connection: CountedQueues["connection"]; readonly queues: Set<string> }>();
  for (const { connection, queue } of all) {
    const key = connectionKey(connection);
    const group = groups.get(key) ?? { connection, queues: new Set<string>() };
    group.queues.add(queue);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ connection, queues }) => ({ connection, queues: [...queues] }));
}
