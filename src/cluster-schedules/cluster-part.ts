/** Implements `ClusterPart` of the schedule transport: schedules that run once for all instances, over AMQP. */
import { ConfigurationError } from "../service/errors.ts";
import type { Handler } from "../service/handler.ts";
import type { ServiceContext } from "../service/transport.ts";
import { amqpTransport } from "../transports/amqp/transport.ts";
import type { ClusterPart, ClusterSchedules, RunningSchedule } from "../transports/schedule/cluster.ts";
import type { ResolvedSchedule, ScheduleOptions, ScheduleServiceOptions } from "../transports/schedule/options.ts";
import { clusterTrigger, scheduleNameOf } from "./cluster-trigger.ts";
import { OncePerCluster } from "./once-per-cluster.ts";
import { type ClusterSchedule, clusterChecks, isClusterSchedule, requireOnce } from "./options.ts";

export const clusterPart: ClusterPart = {
  checks: clusterChecks,
  takes: isClusterSchedule,
  create: (context, options) => new SchedulesOfService(context, options),
  brings: ({ method, options, label }, service, serviceOptions) => ({
    transport: amqpTransport,
    options: clusterTrigger(method, options as ClusterSchedule, { service, options: serviceOptions }),
    label,
  }),
};

class SchedulesOfService implements ClusterSchedules {
  readonly #context: ServiceContext;
  readonly #options: ScheduleServiceOptions;
  /** The handler of each name, as messages call it. */
  readonly #names = new Map<string, string>();

  constructor(context: ServiceContext, options: ScheduleServiceOptions) {
    this.#context = context;
    this.#options = options;
  }

  add(handler: Handler<ScheduleOptions>, resolved: ResolvedSchedule): RunningSchedule {
    const options = handler.options as ClusterSchedule;
    requireOnce(options, handler.label);
    const name = scheduleNameOf(handler.name, options, this.#context.name);
    const other = this.#names.get(name);
    if (other !== undefined) {
      const problem = `the service has another schedule with the name "${name}" (${other}), and the queue and the ids contain that name. Give one of them another name: name: "...".`;
      throw new ConfigurationError(`${handler.label}: ${problem}`, { place: handler.label, problems: [problem] });
    }
    this.#names.set(name, handler.label);
    return new OncePerCluster({ name, handler, options, resolved, service: this.#options, context: this.#context });
  }
}
