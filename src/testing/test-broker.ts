/** The broker of a test: a new embedded one, or a running one, which is left unchanged. */
import { type Broker, startBroker } from "../amqp-broker/broker.ts";
import { QueueAccess } from "./queue-access.ts";
import type { Recorder } from "./recorder.ts";
import type { ResolvedStartOptions } from "./start-options.ts";
import { uniquePrefix } from "./test-options.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface TestBroker {
  readonly url: string;
  readonly prefix: string;
  /** The embedded broker; undefined if the test named another broker. */
  readonly embedded: Broker | undefined;
  readonly access: QueueAccess;
  /** Deletes what the services declared if the broker keeps running; stops an embedded broker. */
  close(): Promise<void>;
}

/** `recorder` knows what the services of the test declared. */
export async function openTestBroker(
  options: ResolvedStartOptions<VirtualClock | undefined>,
  recorder: Recorder,
): Promise<TestBroker> {
  const { logger, clock } = options;
  const embedded = options.url === undefined ? await startBroker({ logger, ...(clock && { clock }) }) : undefined;
  const url = options.url ?? (embedded as Broker).url;
  const prefix = options.prefix ?? (embedded ? "" : uniquePrefix());
  const access = new QueueAccess(url, logger);
  const close = async (): Promise<void> => {
    // On a shared broker, only names with the prefix of this test certainly belong to the test.
    if (!embedded && prefix !== "") await access.remove(queuesOf(recorder), exchangesOf(recorder));
    await access.close();
    await embedded?.stop();
  };
  return { url, prefix, embedded, access, close };
}

function queuesOf({ subscriptions, declarations }: Recorder): readonly string[] {
  const own = subscriptions.flatMap(({ queueName, deadLetterQueue }) => [queueName, deadLetterQueue]);
  return [...new Set([...own, ...declarations.flatMap(({ queues }) => queues)])];
}

function exchangesOf({ declarations }: Recorder): readonly string[] {
  return [...new Set(declarations.flatMap(({ exchanges }) => exchanges))];
}
