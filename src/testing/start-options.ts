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

export interface StartServiceOptions<C extends VirtualClock | undefined = VirtualClock | undefined> {
  /** A running broker, such as RabbitMQ. "" counts as not set. @default a fresh embedded broker on a free port */
  readonly url?: string | undefined;
  /**
   * Put before the names of queues and routing keys, so that tests do not meet on one broker. Handlers do not see it in
   * their routing keys. "" does not change the names.
   * @default none on a fresh embedded broker, else a new one for each call
   */
  readonly prefix?: string | undefined;
  /** Drives the embedded broker, and the timeouts and pauses of the services. @default real time */
  readonly clock?: C;
  /** Laid over the services' own options. The broker they name is never used. */
  readonly options?: ServiceOptions | undefined;
  /** @default one that writes nothing */
  readonly logger?: Logger | undefined;
  /** Variables that may set options; those of the broker are left out. @default none */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * How long `handled` and the like wait, in real time. Less than the 5 seconds after which vitest and
   * Jest end a test without saying what it waited for.
   * @default "4s"
   */
  readonly timeout?: Duration | undefined;
}

export interface ResolvedStartOptions<C extends VirtualClock | undefined> {
  /** Undefined where the test gets its own broker. */
  readonly url: string | undefined;
  /** Undefined where the default holds, which depends on the broker. */
  readonly prefix: string | undefined;
  readonly clock: C;
  readonly options: ServiceOptions;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** @throws ConfigurationError; an unknown option is refused: a test with a misspelled option would test something else */
export function resolveStartOptions<C extends VirtualClock | undefined>(
  given: StartServiceOptions<C>,
): ResolvedStartOptions<C> {
  refuseProblems("startService()", fieldProblems(given, "options", optionChecks));
  const { url, prefix, clock, options, logger = createSilentLogger(), environment = {} } = given;
  return {
    // A variable that is set to nothing names no broker.
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
