/** The one list of running services: which run a service instance belongs to, and so its transports and its logger. */
import { createSilentLogger, type Logger } from "../log/logger.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerPauses } from "./handler-pauses.ts";
import { type ServiceHealth, serviceHealth } from "./health.ts";
import type { ServiceInstance } from "./instance.ts";
import type { Transport, TransportDefinition } from "./transport.ts";

/** What publish functions, `getService()` and `exit()` need of a running service. */
export interface ServiceEntry {
  readonly service: ServiceInstance;
  readonly logger: Logger;
  /** Whether `currentContext()` knows what its handlers handle. */
  readonly followsContext: boolean;
  readonly pauses: HandlerPauses;
  /** The transport of this kind. It is created now if no handler needed it before. */
  transport<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T;
  /** The health of the service. */
  health(): ServiceHealth;
  /** Ends the run that the service belongs to, with this exit code. */
  exit(code: number): void;
}

// The only module-level state of the package: a decorated method knows its service and nothing else.
const entries = new Map<ServiceInstance, ServiceEntry>();
const silent: Logger = createSilentLogger();

export function addEntry(entry: ServiceEntry): void {
  entries.set(entry.service, entry);
}

export function removeEntry(service: ServiceInstance): void {
  entries.delete(service);
}

/** Throws if the service does not run, because nothing can be published or paused then. */
export function entryOf(service: ServiceInstance, what = "publish"): ServiceEntry {
  const entry = entries.get(service);
  if (entry) return entry;
  throw new ServiceError(
    "ERR_SERVICE_NOT_RUNNING",
    `The service "${service?.name ?? String(service)}" does not run, so it cannot ${what}. Start it with \`tomodachi run\` or runServices(), and ${what} between startService() and the end of stopService().`,
  );
}

/**
 * The transport of a running service, for functions that send something. It is created now if no handler needed it before. Works from
 * `startService()` to the end of `stopService()`.
 *
 * @example
 * ```ts
 * export function writeFile(service: ServiceInstance, name: string, text: string): Promise<void> {
 *   return transportOf(service, fileTransport).write(name, text);
 * }
 * ```
 * @throws ERR_SERVICE_NOT_RUNNING when the service does not run
 */
export function transportOf<Options, T extends Transport<Options>>(
  service: ServiceInstance,
  definition: TransportDefinition<Options, T>,
): T {
  return entryOf(service).transport(definition);
}

/** The logger of a service; it writes nothing if the service does not run. */
export function loggerOf(service: ServiceInstance | undefined): Logger {
  return (service && entries.get(service)?.logger) ?? silent;
}

/** Whether services run, but none of them has a current context. */
export function noneFollowsContext(): boolean {
  return entries.size > 0 && [...entries.values()].every(({ followsContext }) => !followsContext);
}

/** The health of a running service; throws if it does not run. */
export function healthOf(service: ServiceInstance): ServiceHealth {
  return entries.get(service)?.health() ?? serviceHealth(service.name, [], "the service does not run");
}

/** The pauses of a running service, for `service.pause()` and `service.resume()`. */
export function pausesOf(service: ServiceInstance): HandlerPauses {
  return entryOf(service, "pause or resume handlers").pauses;
}

/** A running service of this process by its name, or without a name the one that started last. Undefined if there is none. */
export function getService<S extends ServiceInstance = ServiceInstance>(name?: string): S | undefined {
  const running = [...entries.keys()].reverse();
  const found = name === undefined ? running[0] : running.find((service) => service.name === name);
  return found as S | undefined;
}

/**
 * Stops every running service of this process gracefully. `code` becomes the exit code of their run, with which `tomodachi run` ends the
 * process. @default 0
 */
export function exit(code = 0): void {
  for (const entry of [...entries.values()]) entry.exit(code);
}
