/** startService(): runs the services of a test on a broker of their own. */
import { type Broker, startBroker } from "../amqp-broker/broker.ts";
import { memberOf } from "../errors.ts";
import { createSilentLogger, type Logger } from "../log/logger.ts";
import { createSafeLogger } from "../log/safe-logger.ts";
import { createServices } from "../service/create-services.ts";
import { refuseProblems } from "../service/errors.ts";
import { addParts } from "../service/runner.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import { ServiceRun } from "../service/service-run.ts";
import { telemetry } from "../telemetry/telemetry.ts";
import { type FieldChecks, fieldProblems, record, text } from "../util/check-fields.ts";
import type { Duration } from "../util/duration.ts";
import type { InstanceOf, ServiceUnderTest } from "./handler-types.ts";
import { QueueAccess } from "./queue-access.ts";
import { Recorder } from "./recorder.ts";
import { TestApp } from "./test-app.ts";
import { testEnvironment, uniquePrefix, useTestOptions } from "./test-options.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import { timeoutChecks, waitMsOf } from "./wait-time.ts";

export interface StartServiceOptions<C extends VirtualClock | undefined = VirtualClock | undefined> {
  /** A broker that runs already, such as RabbitMQ. "" counts as none. @default a fresh embedded broker on a free port */
  readonly url?: string | undefined;
  /**
   * Put before the names of queues and routing keys, so that tests do not meet on one broker. Handlers do not see it in
   * their routing keys. "" leaves the names as they are.
   * @default none on a fresh embedded broker, else a new one for each call
   */
  readonly prefix?: string | undefined;
  /** Drives the embedded broker, and the timeouts and pauses of the services. @default real time */
  readonly clock?: C;
  /** Laid over the services' own options. The broker they name is never used. */
  readonly options?: ServiceOptions | undefined;
  /** @default one that says nothing */
  readonly logger?: Logger | undefined;
  /** Variables that may stand in for options; those of the broker are left out. @default none */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * How long `handled` and the like wait, in real time. Less than the 5 seconds after which vitest and
   * Jest end a test without saying what it waited for.
   * @default "4s"
   */
  readonly timeout?: Duration | undefined;
}

/**
 * Starts services, given as a class, an instance, a factory or an array of them, on a fresh embedded broker or on the broker of
 * `url`. Resolves once every handler can receive; rejects, after stopping what had started, when one cannot start.
 *
 * @example
 * ```ts
 * await using app = await startService(Orders);
 * await app.publish({ id: "1" }, { routingKey: "order.paid" });
 * const { data } = await app.handled("onPaid");
 * ```
 */
export async function startService<
  const S extends ServiceUnderTest,
  const C extends VirtualClock | undefined = undefined,
>(services: S | readonly S[], options: StartServiceOptions<C> = {}): Promise<TestApp<InstanceOf<S>, C>> {
  const { environment = {} } = options;
  const logger = createSafeLogger(options.logger ?? createSilentLogger());
  refuseProblems("startService()", fieldProblems(options, "options", optionChecks));
  const timeoutMs = waitMsOf(options, 4000);
  const clock = options.clock as C;
  // A variable that is set to nothing names no broker.
  const given = options.url || undefined;
  const broker = given === undefined ? await startBroker({ logger, ...(clock && { clock }) }) : undefined;
  const url = given ?? (broker as Broker).url;
  const prefix = options.prefix ?? (broker ? "" : uniquePrefix());
  const undo: (() => unknown)[] = [() => broker?.stop()];
  try {
    const access = new QueueAccess(url, logger);
    undo.unshift(() => access.close());
    const recorder = new Recorder();
    // Of a broker that outlives the test only what cannot be anybody else's is removed.
    if (!broker && prefix !== "") undo.unshift(() => access.remove(queuesOf(recorder), exchangesOf(recorder)));
    const sources: readonly unknown[] = Array.isArray(services) ? services : [services];
    const instances = await createServices(
      sources.map((source) => ({ source })),
      timeoutMs,
    );
    for (const instance of instances) {
      undo.unshift(useTestOptions(instance, { url, prefix, options: options.options ?? {} }));
    }
    const planned = { services: instances, logger, environment: testEnvironment(environment, options.options) };
    const { observers, ...settings } = await addParts([telemetry], planned);
    const run = new ServiceRun({ ...settings, clock, observers: [() => recorder, ...observers] });
    await run.start();
    const own = { run, recorder, access, broker, clock, url, prefix, timeoutMs };
    return new TestApp<InstanceOf<S>, C>({ ...own, undo: () => allOf(undo) });
  } catch (error) {
    await allOf(undo);
    throw error;
  }
}

/** An option that nobody knows is refused: a test with a misspelled option would test something else. */
const optionChecks: FieldChecks = {
  url: text,
  prefix: text,
  clock: { expected: "a clock made by createVirtualClock()", fits: (value) => hasMethod(value, "advance") },
  options: { expected: "an object with options of a service", fits: (value) => typeof value === "object" },
  logger: { expected: "a logger with pino's methods", fits: (value) => hasMethod(value, "child") },
  environment: record(),
  ...timeoutChecks,
};

function hasMethod(value: unknown, name: string): boolean {
  return typeof memberOf(value, name) === "function";
}

async function allOf(steps: readonly (() => unknown)[]): Promise<void> {
  for (const step of steps) await step();
}

function queuesOf({ subscriptions, declarations }: Recorder): readonly string[] {
  const own = subscriptions.flatMap(({ queueName, deadLetterQueue }) => [queueName, deadLetterQueue]);
  return [...new Set([...own, ...declarations.flatMap(({ queues }) => queues)])];
}

function exchangesOf({ declarations }: Recorder): readonly string[] {
  return [...new Set(declarations.flatMap(({ exchanges }) => exchanges))];
}
