/** One run of some services, from the first hook to the last: created, starting, running, stopping, ended. */
import { setMaxListeners } from "node:events";
import { isError, textOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { createSafeLogger } from "../log/safe-logger.ts";
import { createDeferred } from "../util/deferred.ts";
import { ServiceError } from "./errors.ts";
import type { ServiceHealth } from "./health.ts";
import type { OpenWork } from "./open-work.ts";
import { RunPauses } from "./run-pauses.ts";
import type { Service } from "./service.ts";
import { ServiceGroup, type ServiceGroupSettings } from "./service-group.ts";
import { stopServices } from "./stop-services.ts";

/** The states of a run, in their order. */
export type RunState = "created" | "starting" | "running" | "stopping" | "ended";

/** A run of some services; `runServices()` resolves with it. */
export class ServiceRun {
  /** For pauses from outside, by a signal or the operations port. @internal */
  readonly pauses: RunPauses;
  readonly #logger: Logger;
  readonly #group: ServiceGroup;
  readonly #startAborted = new AbortController();
  readonly #ended = createDeferred<number>();
  #state: RunState = "created";
  #starting: Promise<void> = Promise.resolve();
  #exitCode = 0;
  readonly #lastActs: (() => Promise<void>)[] = [];

  /** Checks every service before any of them starts. Throws at the first problem. @internal */
  constructor(settings: ServiceGroupSettings) {
    // A user's own logger may throw; code below does not have to handle that.
    const logger = createSafeLogger(settings.logger);
    this.#logger = logger;
    // Every connection of every service listens to it, and Node reports more than ten listeners as a leak.
    setMaxListeners(0, this.#startAborted.signal);
    this.#group = new ServiceGroup({ ...settings, logger }, (code) => void this.stop(code));
    this.pauses = new RunPauses(this.#group.members);
  }

  /** The current state. */
  get state(): RunState {
    return this.#state;
  }

  /** The services, in the order in which they were passed. */
  get services(): readonly Service[] {
    return this.#group.services;
  }

  /** What was declared and bound, one line each. */
  describe(): readonly string[] {
    return this.#group.describe();
  }

  /** The current health of each service. */
  health(): readonly ServiceHealth[] {
    return this.#group.health();
  }

  /** The unfinished work of all services. */
  openWork(): Promise<readonly OpenWork[]> {
    return this.#group.openWork();
  }

  /**
   * Pauses a handler by the name of its method (`onPaid`). If several services have a handler of this name, use both names
   * (`orders.onPaid`). Without a name it pauses all handlers. See `Service.pause`.
   * @throws ERR_SERVICE_HANDLER when the handler does not exist; ERR_TRANSPORT_PAUSE when its transport cannot pause
   */
  pause(handler?: string): void {
    void this.pauses.pause(handler, "run.pause()");
  }

  /**
   * Resumes a paused handler, whatever paused it; without a name, all handlers. @throws ERR_SERVICE_HANDLER when the handler does not exist
   */
  resume(handler?: string): void {
    this.pauses.resume(handler, "run.resume()");
  }

  /** Pauses, and resolves when the running handlers have ended. See `Service.drain`. @throws as `pause()` */
  async drain(handler?: string): Promise<void> {
    await this.pauses.pause(handler, "run.drain()");
  }

  /** Registers a function that runs after the services have stopped, before `ended` resolves. An error of it is logged. @internal */
  atEnd(act: () => Promise<void>): void {
    this.#lastActs.push(act);
  }

  /** Resolves with the exit code when everything has ended. It never rejects. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Runs the start hooks and starts the transports. If anything fails, it stops what had started, and rejects with the error. */
  async start(): Promise<void> {
    if (this.#state !== "created")
      throw new ServiceError("ERR_SERVICE_RUN", "A run can start only once. Create a new one with runServices().");
    this.#state = "starting";
    if (this.#group.hasTransports) this.#holdProcess();
    this.#starting = this.#startAll();
    try {
      // A stop does not wait for a start that never ends, so other callers do not wait for it either.
      await Promise.race([this.#starting, this.ended]);
    } catch (error) {
      const stopped = this.#startAborted.signal.aborted;
      await this.stop(stopped ? this.#exitCode : 1);
      if (!stopped) throw error;
    }
  }

  /** Stops gracefully, and resolves with the exit code. Several calls share one stop, and the first exit code counts. @default 0 */
  stop(code = 0): Promise<number> {
    if (this.#state !== "stopping" && this.#state !== "ended") {
      const starting = this.#state === "starting";
      this.#state = "stopping";
      this.#exitCode = this.#checkedCode(code);
      this.#startAborted.abort(new ServiceError("ERR_SERVICE_STOPPING", "The service was stopped while it started."));
      void this.#stopAll(starting ? this.#starting : undefined);
    }
    return this.ended;
  }

  /** A stop is never refused, because a caller with an invalid exit code still wants to stop. */
  #checkedCode(code: unknown): number {
    if (typeof code === "number" && Number.isInteger(code) && code >= 0 && code <= 255) return code;
    const fields = isError(code) ? { err: code } : { code: textOf(code) };
    this.#logger.error(fields, "exit() needs a whole number from 0 to 255, but got something else: the exit code is 1");
    return 1;
  }

  async #startAll(): Promise<void> {
    const { signal } = this.#startAborted;
    await this.#group.start(signal);
    signal.throwIfAborted();
    this.#state = "running";
    this.#group.started();
  }

  /** A run lasts until it is stopped, even if no transport has a socket that keeps the process alive. */
  #holdProcess(): void {
    const held = setInterval(() => {}, 2 ** 30);
    void this.ended.then(() => clearInterval(held));
  }

  async #stopAll(starting: Promise<void> | undefined): Promise<void> {
    const logger = this.#logger;
    try {
      await stopServices(this.#group.members, { starting, logger });
    } catch (error) {
      logger.error({ err: error }, "the stop failed; the run still ends");
    } finally {
      this.#state = "ended";
      for (const act of this.#lastActs) {
        await act().catch((error: unknown) => logger.error({ err: error }, "cleanup at the end of the run failed"));
      }
      this.#ended.resolve(this.#exitCode);
    }
  }
}
