/** The options of startService(): types, checks and defaults. */
import { memberOf } from "../errors.ts";
import { createSilentLogger, type Logger } from "../log/logger.ts";
import { createSafeLogger } from "../log/safe-logger.ts";
import { refuseProblems } from "../service/errors.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import { type FieldChecks, fieldProblems, record, text } from "../util/check-fields.ts";
import type { Duration } from "../util/duration.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import { timeoutChecks, waitMsOf } from "./wait-time.ts";

/** The options of `startService()`. */
export interface StartServiceOptions<C extends VirtualClock | undefined = VirtualClock | undefined> {
  /** The URL of a running broker, such as RabbitMQ. "" counts as not set. @default a new embedded broker on a free port */
  readonly url?: string | undefined;
  /**
   * Added before the names of queues and before routing keys, so that two tests on one broker do not share queues. Handlers do not see it.
   * "" leaves the names unchanged.
   * @default no prefix on a new embedded broker, otherwise a new one for each call
   */
  readonly prefix?: string | undefined;
  /** The clock for the embedded broker, and for timeouts and pauses of the services. @default real time */
  readonly clock?: C;
  /** Options that override those of the services. A broker that they name is never used. */
  readonly options?: ServiceOptions | undefined;
  /** Receives the log lines of the services. @default a logger that writes nothing */
  readonly logger?: Logger | undefined;
  /** Environment variables that set options. Those that name a broker are ignored. @default none */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * How long `handled` and the other calls wait, in real time. The default is less than the 5 seconds after which vitest and Jest end a
   * test without saying what it waited for.
   * @default "4s"
   */
  readonly timeout?: Duration | undefined;
}

export interface ResolvedStartOptions<C extends VirtualClock | undefined> {
  /** Undefined if the test gets its own broker. */
  readonly url: string | undefined;
  /** Undefined for the default, which depends on the broker. */
  readonly prefix: string | undefined;
  readonly clock: C;
  readonly options: ServiceOptions;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/**
 * Fills in the defaults. An unknown option is refused, because a test with a misspelled option would test something else.
 * @throws ConfigurationError
 */
export function resolveStartOptions<C extends VirtualClock | undefined>(
  given: StartServiceOptions<C>,
): ResolvedStartOptions<C> {
  refuseProblems("startService()", fieldProblems(given, "options", optionChecks));
  const { url, prefix, clock, options, logger = createSilentLogger(), environment = {} } = given;
  return {
    // An environment variable may be set to an empty string; it names no broker.
    url: url || undefined,
    prefix,
    clock: clock as C,
    options: options ?? {},
    logger: createSafeLogger(logger),
    environment,
    timeoutMs: waitMsOf(given, 4000),
  };
}

const optionChecks: FieldChecks = {
  url: text,
  prefix: text,
  clock: { expected: "a clock that createVirtualClock() returned", fits: (value) => hasMethod(value, "advance") },
  options: { expected: "an object with options of a service", fits: (value) => typeof value === "object" },
  logger: { expected: "a logger with pino's methods", fits: (value) => hasMethod(value, "child") },
  environment: record(),
  ...timeoutChecks,
};

function hasMethod(value: unknown, name: string): boolean {
  return typeof memberOf(value, name) === "function";
}
