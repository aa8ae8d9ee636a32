/** The options of a service that belong to no transport, and the place where each transport adds its own group. */
import type { OperationsOptions } from "./operations-options.ts";

/**
 * Every option of a service. Each transport adds its group here; a transport of your own does so by
 * `declare module "tomodachi" { interface ServiceOptions { readonly files?: FilesOptions | undefined } }`.
 */
export interface ServiceOptions {
  /** The operations port, which all services of a run share. @default no port is opened */
  readonly operations?: OperationsOptions | undefined;
  /**
   * Seconds that a stop may take in all, from the signal to the exit. Running handlers get all but the last 5 of them, or the first
   * half when it is less than 10; then their signals abort. Below 2, connections still get 2 seconds to close. Kubernetes kills after 30.
   * @default 25
   */
  readonly terminationGracePeriodSeconds?: number | undefined;
  /**
   * Traces by OpenTelemetry. false: none. true: the start fails where no SDK is registered. `TOMODACHI_TELEMETRY` (`on`, `off`) counts
   * more.
   * @default on where an SDK is registered before the start
   */
  readonly telemetry?: boolean | undefined;
  /**
   * `currentContext()` and `getLogger()` know what is handled anywhere below a handler, and what a handler sends carries its correlation
   * and causation ids. It costs CPU time for each message: docs/guides/context.md has the figures.
   * @default false
   */
  readonly asyncContext?: boolean | undefined;
}

/**
 * The names of the groups of the package's own transports, which are known whether the transport is in use or not. Those of
 * other transports are known to a service that uses them. Any other name stops the start.
 */
export const optionGroups: readonly string[] = ["amqp", "http", "schedule"];
