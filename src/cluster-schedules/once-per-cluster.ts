/** One schedule that runs once for all instances: this instance publishes its occurrences or not, and handles those that come to it. */
import type { Handler } from "../service/handler.ts";
import type { ScheduleHealth } from "../service/health.ts";
import type { ServiceContext } from "../service/transport.ts";
import { type AmqpTransport, amqpTransport } from "../transports/amqp/transport.ts";
import type { RunningSchedule } from "../transports/schedule/cluster.ts";
import type { ResolvedSchedule, ScheduleOptions, ScheduleServiceOptions } from "../transports/schedule/options.ts";
import { clusterTrigger, queueNameOf } from "./cluster-trigger.ts";
import { nextDue } from "./due.ts";
import { OccurrencePublisher } from "./occurrence-publisher.ts";
import { OccurrenceRuns } from "./occurrence-runs.ts";
import type { ClusterSchedule } from "./options.ts";
import { ScheduleQueue } from "./schedule-queue.ts";

export interface OncePerClusterSettings {
  /** The schedule's. */
  readonly name: string;
  readonly handler: Handler<ScheduleOptions>;
  readonly options: ClusterSchedule;
  readonly resolved: ResolvedSchedule;
  /** The options of the service for all its schedules. */
  readonly service: ScheduleServiceOptions;
  readonly context: ServiceContext;
}

export class OncePerCluster implements RunningSchedule {
  readonly #settings: OncePerClusterSettings;
  readonly #amqp: AmqpTransport;
  readonly #queue: string;
  readonly #runs: OccurrenceRuns;
  readonly #publisher: OccurrencePublisher;
  #begun = false;
  #paused: ScheduleHealth["paused"];

  constructor(settings: OncePerClusterSettings) {
    const { name, handler, options, resolved, service, context } = settings;
    const trigger = clusterTrigger(handler.name, options, { service: context.name, options: service });
    this.#settings = settings;
    const { clock } = context;
    this.#runs = new OccurrenceRuns({ call: handler.call, middleware: service.middleware ?? [], ...resolved, clock });
    this.#amqp = context.transport(amqpTransport);
    this.#amqp.add({ ...handler, options: trigger, call: this.#runs.run });
    const broker = this.#amqp.broker(options.connection, handler.label);
    this.#queue = queueNameOf(trigger, broker.subscriptions.plans);
    const queue = new ScheduleQueue({ name, queue: this.#queue, service: context.name, broker, context });
    const logger = handler.logger.child({ schedule: name });
    const { missed = "last" } = options;
    this.#publisher = new OccurrencePublisher({ queue, schedule: resolved, missed, clock, logger });
  }

  get name(): string {
    return this.#settings.handler.name;
  }

  get openWork(): RunningSchedule["openWork"] {
    return { running: this.#runs.running, answering: this.#publisher.isBusy ? 1 : 0 };
  }

  get health(): ScheduleHealth {
    const { last, skipped, trouble } = this.#publisher;
    return {
      handler: this.name,
      schedule: this.#settings.resolved.timetable.text,
      nextRun: this.#begun ? this.#next() : undefined,
      lastRun: this.#runs.last,
      running: this.#runs.running,
      skipped,
      lastError: this.#runs.lastError,
      paused: this.#paused,
      cluster: { holdsLease: last !== undefined, lastOccurrence: dateOf(last), trouble },
    };
  }

  begin(): void {
    this.#begun = true;
    this.#publisher.begin();
  }

  /** Other instances continue to publish what is due. */
  async pause(reason: string): Promise<void> {
    this.#paused = { since: new Date(this.#settings.context.clock.now()), reason };
    await this.#amqp.pause(this.name, reason);
  }

  resume(): void {
    this.#paused = undefined;
    this.#amqp.resume(this.name);
  }

  describe(): string {
    const next = this.#next();
    const then = next ? `next at ${next.toISOString()}` : "never due again";
    return `  ${this.name}: ${this.#settings.resolved.timetable.text}, once for all instances (queue ${this.#queue}), ${then}`;
  }

  async stop(): Promise<void> {
    this.#begun = false;
    await this.#publisher.stop();
  }

  /** Runs belong to AMQP, and so does what is reported about them. */
  end(): void {}

  #next(): Date | undefined {
    const now = this.#settings.context.clock.now();
    return dateOf(nextDue(this.#settings.resolved.timetable, Math.max(now, this.#publisher.last ?? now)));
  }
}

function dateOf(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
