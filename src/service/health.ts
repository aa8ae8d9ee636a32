/** The health of a service: the current state of each transport's connections, publisher and consumers. */

/** `service.health()`. Healthy: every connection is open, every consumer consumes, and publishes are accepted. */
export interface ServiceHealth {
  readonly service: string;
  readonly healthy: boolean;
  /** Why it is not healthy, a sentence each; empty when it is. */
  readonly reasons: readonly string[];
  readonly transports: readonly TransportHealth[];
}

/** One transport of a service. */
export interface TransportHealth {
  /** The name of the transport, as `amqp`. */
  readonly transport: string;
  readonly healthy: boolean;
  readonly reasons: readonly string[];
  readonly connections: readonly ConnectionHealth[];
  /** Undefined where the transport publishes nothing. */
  readonly publisher?: PublisherHealth;
  readonly consumers: readonly ConsumerHealth[];
  /** Undefined where the transport has no schedules. */
  readonly schedules?: readonly ScheduleHealth[];
  /** Undefined where the transport answers no requests. */
  readonly routes?: readonly RouteHealth[];
}

export interface ConnectionHealth {
  /** Which of several connections, by the name in the service's options; undefined for the default one. */
  readonly connection?: string;
  /** What it is for: `consuming`, `publishing`. */
  readonly purpose: string;
  /** In the transport's own words: `connected`, `reconnecting`. */
  readonly state: string;
  /** When the present state began. */
  readonly since: Date;
  /** Why it was lost or could not be made, the last time; it may have been repaired since. */
  readonly lastError: string | undefined;
  readonly healthy: boolean;
}

export interface PublisherHealth {
  /** Publishes that were not sent yet. */
  readonly waiting: number;
  /** Publishes that were sent and not confirmed. */
  readonly unconfirmed: number;
  /** The broker accepts no publishes now. */
  readonly blocked: boolean;
}

export interface ConsumerHealth {
  /** The connection on which it consumes; undefined for the default one. */
  readonly connection?: string;
  readonly handler: string;
  readonly queue: string;
  /** Whether the connection on which it consumes is open. */
  readonly connected: boolean;
  /** In the transport's own words: `consuming`, `reopening`, `paused`. */
  readonly state: string;
  /** When the present state began. */
  readonly since: Date;
  /** When the last message came; undefined before the first. */
  readonly lastDeliveryAt: Date | undefined;
  /** Messages that came and are not settled yet. */
  readonly unacknowledged: number;
  /** It consumes: the broker has confirmed it, on an open channel. Or it is paused on request. */
  readonly healthy: boolean;
  /** Why it does not consume; undefined while it does. */
  readonly reason: string | undefined;
  /** It starts no messages for now. Undefined while it is not paused. */
  readonly paused?: PauseHealth | undefined;
}

/** A pause, as of a handler or a consumer. */
export interface PauseHealth {
  readonly since: Date;
  /** As `paused by service.pause()`. */
  readonly reason: string;
}

/** One handler that runs at certain times. */
export interface ScheduleHealth {
  readonly handler: string;
  /** As a person reads it: `cron "0 9 * * 1-5" (Europe/Stockholm)`. */
  readonly schedule: string;
  /** When it is due next; undefined when it never is again, and while the service does not run. */
  readonly nextRun: Date | undefined;
  /** The time at which its last run was due; undefined before the first. */
  readonly lastRun: Date | undefined;
  /** Runs that have not ended. */
  readonly running: number;
  /** How often due times were left out so far, because a run had not ended or the process did not run. */
  readonly skipped: number;
  /** What the last run failed with; undefined when it succeeded. */
  readonly lastError: string | undefined;
  /** It starts no runs for now, and leaves out what is due. Undefined while it is not paused. */
  readonly paused?: PauseHealth | undefined;
  /** Only of a schedule that runs once for all instances. */
  readonly cluster?: ClusterScheduleHealth | undefined;
}

/** The state of a schedule that runs once for all instances, as one instance knows it. */
export interface ClusterScheduleHealth {
  /** This instance publishes the occurrences. */
  readonly holdsLease: boolean;
  /** The latest occurrence that it knows of; undefined while another instance holds the lease. */
  readonly lastOccurrence: Date | undefined;
  /** Why it cannot work now; undefined if it can. */
  readonly trouble: string | undefined;
}

/** One handler that answers requests. */
export interface RouteHealth {
  readonly handler: string;
  /** As a person reads it: `GET /orders/:id`. */
  readonly route: string;
  /** Runs that have not ended. */
  readonly running: number;
  /** It answers 503 for now. Undefined while it is not paused. */
  readonly paused?: PauseHealth | undefined;
}

/** Puts together what the transports of a service say. */
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
