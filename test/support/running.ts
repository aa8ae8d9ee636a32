// Services under test: run in this process against the run's broker, with names that no other test uses.
import {
  createLogger,
  defineOptions,
  runServices,
  type Service,
  type ServiceClass,
  type ServiceOptions,
  type ServiceRun,
} from "../../src/index.ts";
import { createServices } from "../../src/service/create-services.ts";
import { ServiceRun as RunOnClock } from "../../src/service/service-run.ts";
import type { Clock } from "../../src/util/clock.ts";
import { amqpUrl, uniqueName } from "./broker.ts";

/** A name for one test: prefix of its queues and keys. */
export interface TestScope {
  readonly prefix: string;
  /** The service's options: the broker, and prefixes that keep the test apart from all others. */
  options(amqp?: ServiceOptions["amqp"]): ServiceOptions;
}

export function createScope(): TestScope {
  const prefix = `${uniqueName("t")}.`;
  return {
    prefix,
    options: (amqp) =>
      defineOptions({ amqp: { url: amqpUrl, routingKeyPrefix: prefix, queueNamePrefix: prefix, ...amqp } }),
  };
}

/** One line of the log, as JSON. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface RunningServices extends AsyncDisposable {
  readonly run: ServiceRun;
  readonly services: readonly Service[];
  readonly log: readonly LogLine[];
  stop(): Promise<number>;
}

/** Starts services, keeps what they log, and stops them with the test. */
export async function start(...services: readonly (Service | ServiceClass)[]): Promise<RunningServices> {
  const log: LogLine[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) };
  const logger = await createLogger({ level: "debug", destination });
  const run = await runServices(services, { logger, environment: {} });
  const stop = (): Promise<number> => run.stop();
  return { run, services: run.services, log, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** The same for one service, with a clock that the test moves. */
export async function startOnClock(clock: Clock, source: ServiceClass): Promise<RunningServices> {
  const log: LogLine[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) };
  const logger = await createLogger({ level: "debug", destination });
  const services = await createServices([{ source }]);
  const run = new RunOnClock({ services, logger, environment: {}, clock });
  await run.start();
  const stop = (): Promise<number> => run.stop();
  return { run, services: run.services, log, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Starts services that must not start, and gives what they failed with. */
export async function failureOf(...services: readonly (Service | ServiceClass)[]): Promise<Error & { code?: string }> {
  try {
    await using running = await start(...services);
    void running;
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error("The services started, though they must not.");
}
