/** The schedules of a service, known without running it. */
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import type { Logger } from "../log/logger.ts";
import { registrationsOf } from "../service/registry.ts";
import type { Service } from "../service/service.ts";
import { plansOf, type ServicePlans } from "../transports/amqp/service-plans.ts";
import { resolveSchedule, resolveServiceOptions, type ScheduleOptions } from "../transports/schedule/options.ts";
import type { Timetable } from "../transports/schedule/timetable.ts";
import { scheduleNameOf } from "./cluster-trigger.ts";
import { scheduleTransport } from "./decorator.ts";
import { nextDue } from "./due.ts";
import { clusterChecks, isClusterSchedule, requireOnce } from "./options.ts";

export interface ServiceSchedule {
  readonly service: string;
  readonly handler: string;
  /** `<service>.<handler>`, or with the name that the schedule was given. */
  readonly name: string;
  /** As a person reads it. */
  readonly schedule: string;
  /** Only of one that runs once for all instances. */
  readonly cluster: ClusterPlace | undefined;
  /** Each instance counts the interval from its own start, so no due time is known here. */
  readonly beginsWithInstance: boolean;
  /** When it is due next; undefined also when it is never due again. */
  nextAfter(now: number): Date | undefined;
}

/** Where the occurrences of a schedule are. */
export interface ClusterPlace {
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** The name of the connection; undefined for the default one. */
  readonly connectionName: string | undefined;
  readonly connection: ResolvedConnectionOptions;
}

/** @throws ConfigurationError or AmqpError, as the start of the service would */
export function schedulesOf(
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): readonly ServiceSchedule[] {
  const given = resolveServiceOptions(service.name, (service.options as { readonly schedule?: unknown }).schedule);
  const own = registrationsOf(service.constructor).filter(
    ({ trigger }) => trigger.transport.name === scheduleTransport.name,
  );
  const schedules = own.map(({ method, trigger }) => {
    const label = `${trigger.label} ${service.name}.${method}`;
    const options = trigger.options as ScheduleOptions;
    const { timetable } = resolveSchedule(options, given, label, clusterChecks);
    return { method, options, label, timetable };
  });
  const plans = schedules.some(({ options }) => isClusterSchedule(options))
    ? plansOf(service, environment, logger)
    : [];
  return schedules.map(({ method, options, label, timetable }) => {
    requireOnce(options, label);
    const isCluster = isClusterSchedule(options);
    const name = isCluster ? scheduleNameOf(method, options, service.name) : `${service.name}.${method}`;
    return {
      service: service.name,
      handler: method,
      name,
      schedule: timetable.text,
      cluster: isCluster ? placeOf(name, plans) : undefined,
      beginsWithInstance: timetable.isInterval && !isCluster,
      nextAfter: (now) => nextOf(timetable, isCluster, now),
    };
  });
}

function nextOf(timetable: Timetable, isCluster: boolean, now: number): Date | undefined {
  const next = timetable.isInterval && !isCluster ? undefined : nextDue(timetable, now);
  return next === undefined ? undefined : new Date(next);
}

function placeOf(name: string, all: readonly ServicePlans[]): ClusterPlace | undefined {
  for (const { options, plans } of all) {
    const plan = plans.find(({ handler, bindings }) => bindings.leased && handler.options.pattern === name);
    if (!plan) continue;
    const { queueName: queue, deadLetterQueue } = plan.queue;
    return { queue, deadLetterQueue, connectionName: options.name, connection: options.connection };
  }
  return undefined;
}
