/** The options of a schedule that runs once for all instances, and how they are checked. */
import { memberOf } from "../errors.ts";
import { refuseProblems } from "../service/errors.ts";
import { type RetryOptions, retryCheck } from "../transports/amqp/options/retry-options.ts";
import type { ScheduleOptions } from "../transports/schedule/options.ts";
import { type FieldChecks, nonEmptyText, oneOf } from "../util/check-fields.ts";

/**
 * What happens to occurrences that fell into an outage, when no instance could publish them: none of them runs, the last one, or all of
 * them. One that is late by up to a minute fell into no outage: it runs in any case.
 */
export type MissedPolicy = "skip" | "last" | "all";

/** The options of a schedule beside its times when it runs once for all instances. */
export interface ClusterScheduleOptions {
  /**
   * Each occurrence becomes a message in a durable queue of the service, and one instance handles it: at least once, with retries and
   * dead letters as for any message. Needs RabbitMQ.
   */
  readonly once: "cluster";
  /** What happens to occurrences that fell into an outage of all instances, or of the broker. @default "last" */
  readonly missed?: MissedPolicy | undefined;
  /**
   * Names the schedule: its queue, and the ids of its occurrences. Give it where a method has several, and keep it when the method gets
   * another name. Letters, digits, "-", "_" and ".". @default the method's name
   */
  readonly name?: string | undefined;
  /** What is tried again after a failure, and when. @default the service's `options.amqp.retry` */
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

/** An option that means nothing without another. Call it after each option was checked alone. */
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
