/** The console of a broker, for `tomodachi console`. */
import { resolveConnectionOptions } from "../amqp-client/options.ts";
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { DeadLetterLooks, type DeadLetterPlace } from "./broker/dead-letter-looks.ts";
import { placesOf, queuesToCount } from "./broker/places.ts";
import { planServices } from "./broker/planned-services.ts";
import { QueueCounts } from "./broker/queue-counts.ts";
import { BrokerSource, deadLetterQueueOf } from "./broker-source.ts";
import { ConsoleServer } from "./console-server.ts";
import { ConsoleDoor } from "./door.ts";

export interface BrokerConsoleOptions {
  /** What is shown: services, which are loaded but not started, and queues by name. */
  readonly shown: { readonly services: readonly Service[]; readonly queues: readonly string[] };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly mayChange: boolean;
  readonly place: { readonly port: number; readonly anyPort: boolean; readonly token: string };
  readonly version: string;
}

export interface OpenConsole {
  /** The address that opens the page. */
  readonly address: string;
  close(): Promise<void>;
}

/** @throws ConfigurationError or AmqpError, as the start of the services would; ServiceError ERR_CONSOLE_PORT */
export async function openBrokerConsole(options: BrokerConsoleOptions): Promise<OpenConsole> {
  const { shown, environment, logger, mayChange, place, version } = options;
  const { services, queues } = shown;
  const planned = planServices(services, environment, logger);
  const named = queues.length > 0 ? namedPlaces(queues, environment) : [];
  const places = [...placesOf(services, environment, logger), ...named];
  const queueCounts = new QueueCounts(queuesToCount(planned, places));
  const source = new BrokerSource({ planned, queues, queueCounts, mayChange, version });
  const { token } = place;
  const server = new ConsoleServer({
    source,
    planned,
    looks: new DeadLetterLooks(places, logger, (queue, messages) => queueCounts.looked(queue, messages)),
    logger,
    token,
    recording: undefined,
  });
  const door = new ConsoleDoor({ ...place, logger, load: async () => server });
  return { address: await door.listen(), close: () => door.close() };
}

/**
 * Both the queue and its dead-letter queue. Other programs may use any name for dead letters, so the named queue may itself contain them.
 */
function namedPlaces(
  queues: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): readonly DeadLetterPlace[] {
  const connection = resolveConnectionOptions({}, environment);
  const all = queues.flatMap((queue) => [...new Set([queue, deadLetterQueueOf(queue)])]);
  return all.map((queue) => ({ connection, queue, movedTo: new Map() }));
}
