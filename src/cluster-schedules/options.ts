/** The options of a schedule that runs once for all instances, and their checks. */
import { memberOf } from "../errors.ts";
import { refuseProblems } from "../service/errors.ts";
import { type RetryOptions, retryCheck } from "../transports/amqp/options/retry-options.ts";
import type { ScheduleOptions } from "../transports/schedule/options.ts";
import { type FieldChecks, nonEmptyText, oneOf } from "../util/check-fields.ts";

/**
 * What happens to occurrences during an outage, when no instance could publish them: "skip" runs none of them, "last" only the latest one,
 * "all" all of them. An occurrence that is up to a minute late does not count as missed and always runs.
 */
export type MissedPolicy = "skip" | "last" | "all";

/** Further options of a schedule that runs once for all instances. */
export interface ClusterScheduleOptions {
  /**
   * Each occurrence becomes a message in a durable queue of the service, and one instance handles it: at least once, with retries and dead
   * letters like any message. It needs a broker.
   */
  readonly once: "cluster";
  /** What happens to occurrences during an outage of all instances or of the broker. @default "last" */
  readonly missed?: MissedPolicy | undefined;
  /**
   * The name of the schedule, which is part of its queue name and of the ids of its occurrences. Set it if a method has several schedules,
   * or to keep the name when the method is renamed. Letters, digits, "-", "_" and ".".
   * @default the name of the method
   */
  readonly name?: string | undefined;
  /** Which failed runs are retried, and when. @default the service's `options.amqp.retry` */
  readonly retry?: RetryOptions | false | undefined;
  /** The name of one of the service's `options.amqp.connections`. @default the connection that `options.amqp` itself describes */
  readonly connection?: string | undefined;
}

export type ClusterSchedule = ScheduleOptions & ClusterScheduleOptions;

export const clusterChecks: FieldChecks = {
  once: oneOf("cluster"),
  missed: oneOf("skip", "last", "all"),
  name: {
    expected: 'letters, digits, "-", "_" and ".", at most 100 of them',
    fits: (value) => typeof value === "string" && /^[\w.-]{1,100}$/.test(value),
  },
  retry: retryCheck,
  connection: nonEmptyText,
};

export function isClusterSchedule(options: ScheduleOptions): options is ClusterSchedule {
  return Object.keys(clusterChecks).some((name) => memberOf(options, name) !== undefined);
}

/** Refuses an option that has no meaning without another one. Call it after each option was checked alone. */
export function requireOnce(options: ScheduleOptions, label: string): void {
  const { once, ...others } = options as Partial<ClusterScheduleOptions>;
  if (once !== undefined) return;
  const lonely = Object.keys(clusterChecks).filter((name) => others[name as keyof typeof others] !== undefined);
  refuseProblems(
    label,
    lonely.map(
      (name) => `options.${name} has an effect only with once: "cluster". Add that, or remove options.${name}.`,
    ),
  );
}
