/** The one registry of running services: which run a service instance belongs to, and with it its transports and logger. */
import { createSilentLogger, type Logger } from "../log/logger.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerPauses } from "./handler-pauses.ts";
import { type ServiceHealth, serviceHealth } from "./health.ts";
import type { ServiceInstance } from "./instance.ts";
import type { Transport, TransportDefinition } from "./transport.ts";

/** One running service, as publish functions, `getService()` and `exit()` need it. */
export interface ServiceEntry {
  readonly service: ServiceInstance;
  readonly logger: Logger;
  /** `currentContext()` knows what its handlers handle. */
  readonly followsContext: boolean;
  readonly pauses: HandlerPauses;
  /** The service's transport of this kind; made now if no handler brought it. */
  transport<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T;
  /** How the service's transports are. */
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

/** Throws when the service does not run: nothing can be published or paused then. */
export function entryOf(service: ServiceInstance, what = "publish"): ServiceEntry {
  const entry = entries.get(service);
  if (entry) return entry;
  throw new ServiceError(
    "ERR_SERVICE_NOT_RUNNING",
    `The service "${service?.name ?? String(service)}" does not run, so it cannot ${what}. Start it with \`tomodachi run\` or runServices(), and ${what} between startService() and the end of stopService().`,
  );
}

/**
 * The transport of a running service, made now if no handler brought it: what a function that sends is written with. Works
 * from `startService()` to the end of `stopService()`.
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

/** A service that does not run logs nothing. */
export function loggerOf(service: ServiceInstance | undefined): Logger {
  return (service && entries.get(service)?.logger) ?? silent;
}

/** Services run, but none of them follows its work. */
export function noneFollowsContext(): boolean {
  return entries.size > 0 && [...entries.values()].every(({ followsContext }) => !followsContext);
}

/** A service that does not run throws an error that says so. */
export function healthOf(service: ServiceInstance): ServiceHealth {
  return entries.get(service)?.health() ?? serviceHealth(service.name, [], "the service does not run");
}

/** How `service.pause()` and `service.resume()` reach the handlers of a running service. */
export function pausesOf(service: ServiceInstance): HandlerPauses {
  return entryOf(service, "pause or resume handlers").pauses;
}

/**
 * A running service of this process by its name; without a name the one that started last. Undefined if no such service runs.
 */
export function getService<S extends ServiceInstance = ServiceInstance>(name?: string): S | undefined {
  const running = [...entries.keys()].reverse();
  const found = name === undefined ? running[0] : running.find((service) => service.name === name);
  return found as S | undefined;
}

/** Stops every running service of this process gracefully; the process then ends with `code`. @default 0 */
export function exit(code = 0): void {
  for (const entry of [...entries.values()]) entry.exit(code);
}
