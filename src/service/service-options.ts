/** The options of a service that belong to no transport, and the place where each transport adds its own group. */

/** Every option of a service. Each transport adds its group here (see `src/options.ts`). */
export interface ServiceOptions {
  /**
   * Seconds that running handlers get to end at shutdown before their signals abort. Kubernetes kills after 30.
   * @default 25
   */
  readonly terminationGracePeriodSeconds?: number | undefined;
}

/** The names of the transports' groups: a name that is not here stops the start, whether its transport is in use or not. */
export const optionGroups: readonly string[] = ["amqp"];
