/** What a schedule that runs once for all instances needs from AMQP: its own queue, one consumer at a time, an envelope. */
import type { AmqpTrigger } from "../transports/amqp/options/trigger.ts";
import type { ScheduleServiceOptions } from "../transports/schedule/options.ts";
import { createOccurrenceEnvelope } from "./occurrence.ts";
import type { ClusterSchedule } from "./options.ts";

/** Runs of one schedule at once, where they may overlap. */
const mostAtOnce = 20;

/** `<service>.<method>`, or the name that was given in place of the method's. */
export function scheduleNameOf(
  method: string,
  { name = method }: Pick<ClusterSchedule, "name">,
  service: string,
): string {
  return `${service}.${name}`;
}

/** The trigger's `pattern` is the name of the schedule: nothing is bound by it. */
export function clusterTrigger(
  method: string,
  options: ClusterSchedule,
  { service, options: defaults }: { readonly service: string; readonly options: ScheduleServiceOptions },
): AmqpTrigger {
  const name = scheduleNameOf(method, options, service);
  const atOnce = options.overlap ? mostAtOnce : 1;
  return {
    pattern: name,
    leased: true,
    options: {
      queueName: `${name}.schedule`,
      competing: true,
      // One instance gets the occurrences, so its memory knows a second copy of one; and runs of two instances do not overlap.
      singleActive: true,
      prefetch: atOnce,
      concurrency: atOnce,
      queueTtl: 0,
      deduplicate: true,
      messageEnvelope: createOccurrenceEnvelope(name),
      timeoutSeconds: options.timeoutSeconds ?? defaults.timeoutSeconds,
      retry: options.retry,
      connection: options.connection,
    },
  };
}

/** The needed part of a plan. */
export interface TriggeredPlan {
  readonly handler: { readonly options: AmqpTrigger };
  readonly queue: { readonly queueName: string };
}

/** The queue that the trigger got, with the prefix. */
export function queueNameOf(trigger: AmqpTrigger, plans: readonly TriggeredPlan[]): string {
  const plan = plans.find(({ handler }) => handler.options === trigger);
  if (!plan) throw new Error(`The subscription of the schedule "${trigger.pattern}" has no plan.`);
  return plan.queue.queueName;
}
