/** Runs services in this process, and stops them on a signal. */
import { createLogger, type Logger } from "../log/logger.ts";
import { addLogFields, createSafeLogger, type LogFields } from "../log/safe-logger.ts";
import { fieldProblems, flag, record, text } from "../util/check-fields.ts";
import type { ObserverSource } from "./combine-observers.ts";
import { createServices, type ServiceSource } from "./create-services.ts";
import { refuseProblems, ServiceError } from "./errors.ts";
import { loadTransports } from "./load-transports.ts";
import { pauseOnSignal, pauseSignalOf } from "./runner-pause-signal.ts";
import type { Service } from "./service.ts";
import { ServiceRun } from "./service-run.ts";

/** The options of `runServices()`. */
export interface RunOptions {
  /** Receives all log lines. @default a logger that writes JSON lines to standard error */
  readonly logger?: Logger | undefined;
  /** Environment variables, which override options. @default `process.env` */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Whether SIGINT and SIGTERM stop the services gracefully. A second signal ends the process at once, unless it comes within a second of
   * the first, because package managers and watchers send two.
   * @default false: the calling program handles signals
   */
  readonly signals?: boolean | undefined;
  /**
   * A signal that pauses all handlers, and resumes them when it comes again. The variable `TOMODACHI_PAUSE_SIGNAL` overrides it. Without it
   * SIGUSR2 keeps its usual effect in Node: it ends the process, unless `--report-on-signal` or a program such as nodemon uses it.
   * @default none
   */
  readonly pauseSignal?: "SIGUSR2" | undefined;
}

const loggerExpected = "a logger with the methods of pino, such as createLogger() returns";

const optionChecks = {
  logger: { ...record(), expected: loggerExpected },
  environment: {
    expected: "an object of strings, such as process.env",
    fits: (value: unknown): boolean =>
      record().fits(value) &&
      // Getters are not called: they may have a side effect.
      Object.values(Object.getOwnPropertyDescriptors(value as object)).every(
        ({ get, value: one }) => get !== undefined || one === undefined || typeof one === "string",
      ),
    // The other variables may be passwords.
    secret: true,
  },
  signals: flag,
  pauseSignal: text,
};

/** The exit code of a process that a signal ended: 128 plus the number of the signal, as in shells. */
const signalCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** What is known about a run before its services are checked. */
export interface PlannedRun {
  readonly services: readonly Service[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/** What a part adds to a run. */
export interface RunAddition {
  /** The observers of a service. @default none */
  readonly observerOf?: ObserverSource | undefined;
  /** Fields of every log line; the function is called for each line. @default none */
  readonly logFields?: LogFields | undefined;
  /** Called after the services are checked and before any of them starts. If it rejects, the start fails. @default nothing */
  readonly created?: ((run: ServiceRun) => Promise<void>) | undefined;
}

type CreatedAct = NonNullable<RunAddition["created"]>;

/** A part of a run beside its services, such as telemetry. If it rejects, the start fails. */
export type RunPart = (run: PlannedRun) => Promise<RunAddition | undefined>;

/** Loads the transports that the services use, calls each part, and returns the run with everything that the parts add. */
export async function prepareRun(
  parts: readonly RunPart[],
  run: PlannedRun,
): Promise<PlannedRun & { readonly observers: readonly ObserverSource[]; readonly created: readonly CreatedAct[] }> {
  const observers: ObserverSource[] = [];
  const acts: CreatedAct[] = [];
  await loadTransports(run.services);
  let { logger } = run;
  for (const part of parts) {
    const { observerOf, logFields, created } = (await part(run)) ?? {};
    if (observerOf) observers.push(observerOf);
    if (created) acts.push(created);
    if (logFields) logger = addLogFields(logger, logFields);
  }
  return { ...run, logger, observers, created: acts };
}

/** See `runServices`. */
export async function runServicesWith(
  parts: readonly RunPart[],
  services: readonly ServiceSource[],
  options: RunOptions,
): Promise<ServiceRun> {
  refuseProblems("runServices()", fieldProblems(options, "options", optionChecks));
  const { environment = process.env, signals = false } = options;
  const pauseSignal = pauseSignalOf(options.pauseSignal, environment);
  const logger = createSafeLogger(options.logger ?? (await createLogger()));
  if (!Array.isArray(services)) {
    throw new ServiceError("ERR_SERVICE_INVALID", "runServices() takes an array of services: runServices([Orders]).");
  }
  const instances = await createServices(services.map((source: unknown) => ({ source })));
  const { created, ...planned } = await prepareRun(parts, { services: instances, environment, logger });
  const run = new ServiceRun(planned);
  const forget = signals ? stopOnSignals(run, logger) : () => {};
  const forgetPause = pauseSignal === undefined ? () => {} : pauseOnSignal(run.pauses, pauseSignal);
  void run.ended.then(forget).then(forgetPause);
  await runActs(created, run);
  await run.start();
  return run;
}

async function runActs(acts: readonly CreatedAct[], run: ServiceRun): Promise<void> {
  try {
    for (const act of acts) await act(run);
  } catch (error) {
    await run.stop(1);
    throw error;
  }
}

/** A terminal sends Ctrl-C to a package manager and to its child, and the package manager sends it to the child again. In milliseconds. */
const sameSignalMs = 1000;

function stopOnSignals(run: ServiceRun, logger: Logger): () => void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt < sameSignalMs) return;
      logger.warn(`${signal} again: ending at once; messages in flight will be delivered again`);
      process.exit(signalCodes[signal] ?? 1);
    }
    firstAt = performance.now();
    logger.info(`${signal}: stopping gracefully; another signal, after a second, ends at once`);
    void run.stop();
  };
  for (const signal of Object.keys(signalCodes)) process.on(signal, onSignal);
  return () => {
    for (const signal of Object.keys(signalCodes)) process.off(signal, onSignal);
  };
}
