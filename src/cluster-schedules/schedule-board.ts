/** Reads the schedules of one broker from outside, and starts one: for the command line. */
import { AmqpConnection } from "../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { Publisher } from "../amqp-client/publisher.ts";
import { inspectQueue } from "../amqp-client/topology.ts";
import type { Logger } from "../log/logger.ts";
import { ServiceError } from "../service/errors.ts";
import { leaseQueueName, noteQueueName } from "../transports/amqp/names/queue-name.ts";
import { Lease } from "./lease.ts";
import { readNote } from "./note.ts";
import { occurrenceId, occurrenceMessage } from "./occurrence.ts";
import type { ClusterPlace, ServiceSchedule } from "./service-schedules.ts";

/** How a schedule is on its broker. */
export interface ScheduleState {
  /** Up to here every occurrence is published or left out; undefined when no instance has run. */
  readonly last: Date | undefined;
  /** Occurrences that wait for their run. */
  readonly waiting: number;
  readonly deadLetters: number;
  /** Instances that could handle the next occurrence. */
  readonly instances: number;
  /** Some instance publishes the occurrences. */
  readonly isLeased: boolean;
}

const limits = { maxUnconfirmedMessages: 100, maxUnconfirmedBytes: 1024 * 1024, maxMessageBytes: 1024 * 1024 };

/** Open it, look, close it. */
export class ScheduleBoard {
  readonly #connection: AmqpConnection;
  readonly #publishing: AmqpConnection;
  readonly #publisher: Publisher;

  constructor(options: ResolvedConnectionOptions, logger: Logger) {
    const settings = { options, name: "tomodachi schedule", logger, firstConnect: "once" as const };
    this.#connection = new AmqpConnection({ ...settings, purpose: "consuming" });
    this.#publishing = new AmqpConnection({ ...settings, purpose: "publishing" });
    this.#publisher = new Publisher({
      connection: this.#publishing,
      logger,
      ...limits,
      publishTimeoutSeconds: 10,
      // It has the same id.
      republishUnknown: true,
    });
  }

  open(signal?: AbortSignal): Promise<void> {
    return this.#connection.open(signal);
  }

  async look({ queue, deadLetterQueue }: ClusterPlace): Promise<ScheduleState> {
    const connection = this.#connection;
    const lease = new Lease({ connection, publisher: this.#publisher, queue: leaseQueueName(queue) });
    const [note, own, dead, isLeased] = [
      await readNote(connection, noteQueueName(queue)),
      await inspectQueue(connection, queue),
      await inspectQueue(connection, deadLetterQueue),
      await lease.isHeld(),
    ];
    return {
      last: note && new Date(note.last),
      waiting: own?.messageCount ?? 0,
      deadLetters: dead?.messageCount ?? 0,
      instances: own?.consumerCount ?? 0,
      isLeased,
    };
  }

  /** Publishes an occurrence that is due now; returns its id. Resolves when the broker has it on disk. */
  async trigger({ name, service }: ServiceSchedule, { queue }: ClusterPlace, now: number): Promise<string> {
    const { returned } = await this.#publisher.publish(occurrenceMessage({ name, queue, service }, now));
    if (!returned) return occurrenceId(name, now);
    throw new ServiceError(
      "ERR_SCHEDULE_QUEUE_MISSING",
      `The schedule "${name}" cannot be started: this broker has no queue "${queue}". Start the service once, so that it creates the queue, or check --broker and the virtual host.`,
    );
  }

  async close(): Promise<void> {
    await this.#publisher.close();
    await Promise.all([this.#connection.close(), this.#publishing.close()]);
  }
}
