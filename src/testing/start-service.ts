/** startService(): runs the services of a test on a broker of their own. */
import { createServices } from "../service/create-services.ts";
import { prepareRun } from "../service/runner.ts";
import { ServiceRun } from "../service/service-run.ts";
import { telemetry } from "../telemetry/telemetry.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { InstanceOf, ServiceUnderTest } from "./handler-types.ts";
import { Recorder } from "./recorder.ts";
import { resolveStartOptions, type StartServiceOptions } from "./start-options.ts";
import { TestApp } from "./test-app.ts";
import { openTestBroker } from "./test-broker.ts";
import { testEnvironment, useTestOptions } from "./test-options.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/**
 * Starts services on a new embedded broker, or on the broker of `url`. `services` is a class, an instance, a factory, or an array of them.
 * Resolves once every handler can receive. If one service cannot start, it stops what had started, and rejects.
 *
 * @example
 * ```ts
 * await using app = await startService(Orders);
 * await app.publish({ id: "1" }, { routingKey: "order.paid" });
 * const { data } = await app.handled("onPaid");
 * ```
 * @throws ConfigurationError, ServiceError and AmqpError as a start in production would
 */
export async function startService<
  const S extends ServiceUnderTest,
  const C extends VirtualClock | undefined = undefined,
>(services: S | readonly S[], given: StartServiceOptions<C> = {}): Promise<TestApp<InstanceOf<S>, C>> {
  const resolved = resolveStartOptions(given);
  const { options, environment, logger, clock, timeoutMs } = resolved;
  const recorder = new Recorder();
  const broker = await openTestBroker(resolved, recorder);
  const { url, prefix, embedded, access } = broker;
  const undo: (() => unknown)[] = [() => broker.close()];
  try {
    const sources: readonly unknown[] = Array.isArray(services) ? services : [services];
    const instances = await createServices(
      sources.map((source) => ({ source })),
      timeoutMs,
    );
    for (const instance of instances) undo.unshift(useTestOptions(instance, { url, prefix, options }));
    const planned = { services: instances, logger, environment: testEnvironment(environment, options) };
    const { observers, ...settings } = await prepareRun([telemetry], planned);
    const run = new ServiceRun({ ...settings, clock, observers: [() => recorder, ...observers] });
    await run.start();
    const deadLetters = new DeadLetters(recorder, access, prefix);
    const own = { run, recorder, deadLetters, broker: embedded, clock, url, prefix, timeoutMs };
    return new TestApp<InstanceOf<S>, C>({ ...own, undo: () => allOf(undo) });
  } catch (error) {
    await allOf(undo);
    throw error;
  }
}

async function allOf(steps: readonly (() => unknown)[]): Promise<void> {
  for (const step of steps) await step();
}
