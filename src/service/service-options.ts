/** The options of a service that belong to no transport. Each transport adds its own group to them. */
import type { OperationsOptions } from "./operations-options.ts";

/**
 * The options of a service. Each transport adds its group. A transport of your own does it with `declare module "tomodachi" { interface
 * ServiceOptions { readonly files?: FilesOptions | undefined } }`.
 */
export interface ServiceOptions {
  /** The operations port, which all services of a run share. @default no port is opened */
  readonly operations?: OperationsOptions | undefined;
  /**
   * How many seconds a stop may take in total, from the signal to the exit. Running handlers get this time except the last 5 seconds (or
   * half of it, if it is less than 10); then their signals abort. Connections always get at least 2 seconds to close. Kubernetes kills a
   * process after 30 seconds.
   * @default 25
   */
  readonly terminationGracePeriodSeconds?: number | undefined;
  /**
   * Traces with OpenTelemetry. false: none. true: the start fails if no SDK is registered. The variable `TOMODACHI_TELEMETRY` (`on`, `off`)
   * overrides it.
   * @default on if an SDK is registered before the start
   */
  readonly telemetry?: boolean | undefined;
  /**
   * true: `currentContext()` and `getLogger()` work in everything that a handler calls, and what a handler sends gets correlation and
   * causation ids. It costs CPU time for each message: docs/guides/context.md has the figures.
   * @default false
   */
  readonly asyncContext?: boolean | undefined;
}

/**
 * The groups of the package's own transports. They are accepted even if a service does not use the transport. Groups of other transports
 * are accepted only if the service uses them. Any other name stops the start.
 */
export const optionGroups: readonly string[] = ["amqp", "http", "schedule"];
