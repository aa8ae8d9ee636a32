/** One run of some services, from the first hook to the last: created, starting, running, stopping, ended. */
import { setMaxListeners } from "node:events";
import { isError, textOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { createSafeLogger } from "../log/safe-logger.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { createDeferred } from "../util/deferred.ts";
import { aborted } from "../util/wait.ts";
import { type ObserverSource, observerOf } from "./combine-observers.ts";
import { ServiceError } from "./errors.ts";
import type { ServiceHealth } from "./health.ts";
import type { OpenWork } from "./open-work.ts";
import { RunPauses } from "./run-pauses.ts";
import { type Hook, RunningService } from "./running-service.ts";
import type { Service } from "./service.ts";
import { type StopTimes, startStopTimes } from "./stop-times.ts";

export type RunState = "created" | "starting" | "running" | "stopping" | "ended";

export interface ServiceRunSettings {
  readonly services: readonly Service[];
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What deadlines and pauses of handling are measured by. @default the system's */
  readonly clock?: Clock | undefined;
  /** Who is told what happens in the run. @default nobody */
  readonly observers?: readonly ObserverSource[] | undefined;
}

export class ServiceRun {
  /** For whoever pauses from outside: a signal, the operations port. @internal */
  readonly pauses: RunPauses;
  readonly #logger: Logger;
  readonly #services: readonly RunningService[];
  readonly #startAborted = new AbortController();
  readonly #ended = createDeferred<number>();
  #state: RunState = "created";
  #starting: Promise<void> = Promise.resolve();
  #exitCode = 0;
  readonly #lastActs: (() => Promise<void>)[] = [];

  /** Checks every service before any of them starts; throws at the first wrong thing. */
  constructor({ services, logger: given, environment, clock = systemClock, observers = [] }: ServiceRunSettings) {
    // A logger of the user's own may throw; nothing below has to think of it.
    const logger = createSafeLogger(given);
    this.#logger = logger;
    // Every connection of every service listens to it; Node takes more than ten for a leak.
    setMaxListeners(0, this.#startAborted.signal);
    const shared = new Map<symbol, unknown>();
    const exit = (code: number): void => void this.stop(code);
    const running: RunningService[] = [];
    try {
      const common = { logger, environment, shared, clock, exit };
      for (const service of services) {
        running.push(new RunningService({ service, ...common, observer: observerOf(observers, service) }));
      }
    } catch (error) {
      for (const made of running) void made.close(AbortSignal.abort());
      throw error;
    }
    this.#services = running;
    this.pauses = new RunPauses(running);
  }

  get state(): RunState {
    return this.#state;
  }

  get services(): readonly Service[] {
    return this.#services.map(({ service }) => service);
  }

  /** What was declared and bound, a line each. */
  describe(): readonly string[] {
    return this.#services.flatMap((running) => running.describe());
  }

  /** How each service is at this moment. */
  health(): readonly ServiceHealth[] {
    return this.#services.map((running) => running.health());
  }

  /** What is not done yet, of all services. */
  async openWork(): Promise<readonly OpenWork[]> {
    return (await Promise.all(this.#services.map((running) => running.openWork()))).flat();
  }

  /**
   * Pauses a handler, by its method (`onPaid`) or, where several services have one of this name, by both names (`orders.onPaid`);
   * all handlers without a name. See `Service.pause`.
   * @throws ERR_SERVICE_HANDLER, ERR_TRANSPORT_PAUSE
   */
  pause(handler?: string): void {
    void this.pauses.pause(handler, "run.pause()");
  }

  /** Ends pauses, whoever began them. @throws ERR_SERVICE_HANDLER */
  resume(handler?: string): void {
    this.pauses.resume(handler, "run.resume()");
  }

  /** Pauses, and resolves when what runs has ended. See `Service.drain`. */
  async drain(handler?: string): Promise<void> {
    await this.pauses.pause(handler, "run.drain()");
  }

  /** Runs when the services have stopped, before `ended` resolves. An error of it is logged. @internal */
  atEnd(act: () => Promise<void>): void {
    this.#lastActs.push(act);
  }

  /** The exit code, once everything has ended. Never rejects. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Runs the start hooks and the transports. When anything fails, stops what had started, then rejects with the error. */
  async start(): Promise<void> {
    if (this.#state !== "created")
      throw new ServiceError("ERR_SERVICE_RUN", "A run starts once: make a new one with runServices().");
    this.#state = "starting";
    if (this.#services.some(({ hasTransports }) => hasTransports)) this.#holdProcess();
    this.#starting = this.#startAll();
    try {
      // A stop does not wait for a start that never ends, so nobody else does.
      await Promise.race([this.#starting, this.ended]);
    } catch (error) {
      const stopped = this.#startAborted.signal.aborted;
      await this.stop(stopped ? this.#exitCode : 1);
      if (!stopped) throw error;
    }
  }

  /** Stops gracefully; the same stop for everyone who asks. The first exit code counts. */
  stop(code = 0): Promise<number> {
    if (this.#state !== "stopping" && this.#state !== "ended") {
      const starting = this.#state === "starting";
      this.#state = "stopping";
      this.#exitCode = this.#checkedCode(code);
      this.#startAborted.abort(new ServiceError("ERR_SERVICE_STOPPING", "The service was stopped while it started."));
      void this.#stopAll(
        starting,
        this.#services.map(({ graceSeconds }) => startStopTimes(graceSeconds)),
      );
    }
    return this.ended;
  }

  /** A stop is never refused: whoever asks for one with a code that no process can end with still wants to end. */
  #checkedCode(code: unknown): number {
    if (typeof code === "number" && Number.isInteger(code) && code >= 0 && code <= 255) return code;
    const fields = isError(code) ? { err: code } : { code: textOf(code) };
    this.#logger.error(
      fields,
      "An exit code is a whole number from 0 to 255, and exit() was given something else: it is 1",
    );
    return 1;
  }

  async #startAll(): Promise<void> {
    const { signal } = this.#startAborted;
    await this.#hookOnAll("startService");
    signal.throwIfAborted();
    await untilAllSettled(this.#services.flatMap((running) => running.startTransports(signal)));
    signal.throwIfAborted();
    await this.#hookOnAll("startedService");
    signal.throwIfAborted();
    this.#state = "running";
    for (const { logger } of this.#services) logger.info("service started");
    for (const running of this.#services) running.serviceStarted();
  }

  /** A run lasts until it is stopped, also where no transport has a socket that keeps the process alive. */
  #holdProcess(): void {
    const held = setInterval(() => {}, 2 ** 30);
    void this.ended.then(() => clearInterval(held));
  }

  async #hookOnAll(hook: Hook): Promise<void> {
    await untilAllSettled(this.#services.map((running) => running.runHook(hook)));
  }

  async #stopAll(starting: boolean, times: readonly StopTimes[]): Promise<void> {
    try {
      if (starting) await this.#unwindStart(times);
      // One service that cannot stop keeps the others from nothing.
      const stops = await Promise.allSettled(
        this.#services.map((running, index) => this.#stopOne(running, times[index] as StopTimes)),
      );
      for (const stop of stops) if (stop.status === "rejected") throw stop.reason;
    } catch (error) {
      this.#logger.error({ err: error }, "the stop failed; the run ends all the same");
    } finally {
      this.#state = "ended";
      for (const act of this.#lastActs) {
        await act().catch((error: unknown) => this.#logger.error({ err: error }, "what ends with the run failed"));
      }
      this.#ended.resolve(this.#exitCode);
    }
  }

  /** A start that is in progress ends first, so that the stop does not miss what it opens. */
  async #unwindStart(times: readonly StopTimes[]): Promise<void> {
    const unwound = this.#starting.then(
      () => true,
      () => true,
    );
    const late = Promise.all(times.map(({ handlers }) => aborted(handlers))).then(() => false);
    if (!(await Promise.race([unwound, late]))) {
      this.#logger.warn("the start did not end in time; the stop goes on without it");
    }
  }

  /** Each step begins when the one before has ended, or when its time is over. */
  async #stopOne(running: RunningService, { handlers, drained, hook, closed }: StopTimes): Promise<void> {
    const { logger } = running;
    logger.info("service stopping");
    await this.#stopHook(running, "stoppingService", handlers);
    await this.#withinTime(running, "what ran", running.drain(handlers), drained);
    await this.#stopHook(running, "stopService", hook);
    await running.close(closed);
    logger.info("service stopped");
  }

  /** A stop hook that fails, or does not end, is logged; the stop goes on. */
  async #stopHook(running: RunningService, hook: Hook, deadline: AbortSignal): Promise<void> {
    const ran = running.runHook(hook).catch((error: unknown) => {
      running.logger.error({ err: error }, `${hook}() failed`);
    });
    await this.#withinTime(running, `${hook}()`, ran, deadline);
  }

  async #withinTime(
    { logger }: RunningService,
    what: string,
    step: Promise<void>,
    deadline: AbortSignal,
  ): Promise<void> {
    let ended = false;
    const done = step.then(() => {
      ended = true;
    });
    await Promise.race([done, aborted(deadline)]);
    if (!ended) logger.warn(`${what} did not end in time; the stop goes on without it`);
  }
}

/** Waits for all, then throws the first error: nothing goes on in the background of a failed start. */
async function untilAllSettled(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
