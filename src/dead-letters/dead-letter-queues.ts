/** The dead-letter queues of a service, known without a broker: by the plans of its subscriptions. */
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { deadLetterQueueName, retryBaseName } from "../transports/amqp/names/queue-name.ts";
import { plansOf, type ServicePlans } from "../transports/amqp/service-plans.ts";

/** The queues of a service's dead letters. */
export interface ServiceDeadLetters {
  readonly service: string;
  /** The name of the connection; undefined for the default one. */
  readonly connectionName: string | undefined;
  readonly connection: ResolvedConnectionOptions;
  /** Names of queues, each once, in the order of the handlers. */
  readonly queues: readonly string[];
  /**
   * Dead-letter queues of previous names of queues, and those that subscriptions had before they shared one: they exist where
   * something failed before that. The broker's own dead letters of a queue that exists still go to the latter.
   */
  readonly previousQueues: readonly string[];
  /** The current queue for each previous name: what failed in the old one is replayed to it. */
  readonly movedTo: ReadonlyMap<string, string>;
  /** Receives delayed retries whose queue was deleted; it exists only if retries are used. */
  readonly lostQueue: string;
}

/**
 * One entry for the default connection, and one for each named connection that has subscriptions.
 * @throws ConfigurationError or AmqpError, as the start of the service would
 */
export function deadLetterQueuesOf(
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): readonly ServiceDeadLetters[] {
  return plansOf(service, environment, logger)
    .filter(({ options, plans }) => options.name === undefined || plans.length > 0)
    .map((planned) => deadLettersBy(service.name, planned));
}

function deadLettersBy(service: string, { options, plans }: ServicePlans): ServiceDeadLetters {
  const { queueNamePrefix } = options.naming;
  const queues = [...new Set(plans.map(({ queue }) => queue.deadLetterQueue))];
  const movedTo = new Map(
    plans.flatMap(({ queue: { queueName, previousQueueNames } }) =>
      previousQueueNames.map((old) => [queueNamePrefix + old, queueName] as const),
    ),
  );
  const ownQueues = plans.filter(({ queue }) => !queue.perInstance).map(({ queue }) => queue.queueName);
  const earlier = [...movedTo.keys(), ...ownQueues].map(deadLetterQueueName);
  const previousQueues = [...new Set(earlier)].filter((queue) => !queues.includes(queue));
  const lostQueue = `${retryBaseName(service, queueNamePrefix)}.lost.dlq`;
  const { name: connectionName, connection } = options;
  return { service, connectionName, connection, queues, previousQueues, movedTo, lostQueue };
}
