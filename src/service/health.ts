/** The health of a service: the current state of its connections, publisher, consumers, schedules and routes. */

/**
 * The result of `service.health()`. A service is healthy if every connection is open, every consumer consumes, and publishes are accepted.
 */
export interface ServiceHealth {
  /** The name of the service. */
  readonly service: string;
  /** Whether everything works. */
  readonly healthy: boolean;
  /** Why it is not healthy, one sentence each; empty if it is healthy. */
  readonly reasons: readonly string[];
  /** The transports of the service. */
  readonly transports: readonly TransportHealth[];
}

/** The health of one transport of a service. */
export interface TransportHealth {
  /** The name of the transport, such as `amqp`. */
  readonly transport: string;
  /** Whether everything in this transport works. */
  readonly healthy: boolean;
  /** Why it is not healthy, one sentence each; empty if it is healthy. */
  readonly reasons: readonly string[];
  /** Its connections; empty if it has none. */
  readonly connections: readonly ConnectionHealth[];
  /** Its publisher; undefined if the transport publishes nothing. */
  readonly publisher?: PublisherHealth;
  /** Its consumers; empty if it has none. */
  readonly consumers: readonly ConsumerHealth[];
  /** Its schedules; undefined if the transport has no schedules. */
  readonly schedules?: readonly ScheduleHealth[];
  /** Its routes; undefined if the transport answers no requests. */
  readonly routes?: readonly RouteHealth[];
}

/** The health of one connection. */
export interface ConnectionHealth {
  /** The name of the connection in the options of the service; undefined for the default one. */
  readonly connection?: string;
  /** What it is used for: `consuming` or `publishing`. */
  readonly purpose: string;
  /** The state, in the transport's own words: `connected`, `reconnecting`. */
  readonly state: string;
  /** When the current state began. */
  readonly since: Date;
  /** Why it was last lost or could not be opened. It may work again since then. */
  readonly lastError: string | undefined;
  /** Whether it is open. */
  readonly healthy: boolean;
}

/** The health of a publisher. */
export interface PublisherHealth {
  /** How many publishes were not sent yet. */
  readonly waiting: number;
  /** How many publishes were sent and not confirmed. */
  readonly unconfirmed: number;
  /** Whether the broker accepts no publishes now. */
  readonly blocked: boolean;
}

/** The health of one consumer. */
export interface ConsumerHealth {
  /** The name of its connection; undefined for the default one. */
  readonly connection?: string;
  /** The name of the handler. */
  readonly handler: string;
  /** The queue that it consumes. */
  readonly queue: string;
  /** Whether its connection is open. */
  readonly connected: boolean;
  /** The state, in the transport's own words: `consuming`, `reopening`, `paused`. */
  readonly state: string;
  /** When the current state began. */
  readonly since: Date;
  /** When the last message came; undefined before the first one. */
  readonly lastDeliveryAt: Date | undefined;
  /** How many messages came and are not settled yet. */
  readonly unacknowledged: number;
  /** True if the broker has confirmed the consumer and its channel is open, or if it is paused on request. */
  readonly healthy: boolean;
  /** Why it does not consume; undefined while it does. */
  readonly reason: string | undefined;
  /** The pause, while it starts no handlers; otherwise undefined. */
  readonly paused?: PauseHealth | undefined;
}

/** A pause of a handler or of a consumer. */
export interface PauseHealth {
  /** When the pause began. */
  readonly since: Date;
  /** Who paused it, such as `paused by service.pause()`. */
  readonly reason: string;
}

/** The health of one handler with a schedule. */
export interface ScheduleHealth {
  /** The name of the handler. */
  readonly handler: string;
  /** The schedule as text: `cron "0 9 * * 1-5" (Europe/Stockholm)`. */
  readonly schedule: string;
  /** When it is due next; undefined if it is never due again, and while the service does not run. */
  readonly nextRun: Date | undefined;
  /** When its last run was due; undefined before the first run. */
  readonly lastRun: Date | undefined;
  /** How many runs have not ended. */
  readonly running: number;
  /**
   * How often due times were skipped so far: each one while an earlier run had not ended or the handler was paused, and once for each time
   * in which the process did not run.
   */
  readonly skipped: number;
  /** The error of the last run; undefined if it succeeded. */
  readonly lastError: string | undefined;
  /** The pause, while it starts no runs and skips its due times; otherwise undefined. */
  readonly paused?: PauseHealth | undefined;
  /** More about a schedule that runs once for all instances; undefined for any other schedule. */
  readonly cluster?: ClusterScheduleHealth | undefined;
}

/** The state of a schedule that runs once for all instances, as this instance knows it. */
export interface ClusterScheduleHealth {
  /** Whether this instance publishes the occurrences. */
  readonly holdsLease: boolean;
  /** The latest occurrence that it knows; undefined while another instance holds the lease. */
  readonly lastOccurrence: Date | undefined;
  /** Why it cannot work now; undefined if it can. */
  readonly trouble: string | undefined;
}

/** The health of one handler that answers requests. */
export interface RouteHealth {
  /** The name of the handler. */
  readonly handler: string;
  /** The route as text: `GET /orders/:id`. */
  readonly route: string;
  /** How many runs have not ended. */
  readonly running: number;
  /** The pause, while it answers 503; otherwise undefined. */
  readonly paused?: PauseHealth | undefined;
}

/** Combines the health of the transports of a service. */
export function serviceHealth(
  service: string,
  transports: readonly TransportHealth[],
  trouble?: string | undefined,
): ServiceHealth {
  const reasons = transports.flatMap((transport) => transport.reasons);
  if (trouble !== undefined) reasons.unshift(trouble);
  const healthy = trouble === undefined && transports.every((transport) => transport.healthy);
  return { service, healthy, reasons, transports };
}
