/** What a schedule has on the broker: the queue of its occurrences, its lease and its note. */
import type { ConnectionEvents } from "../amqp-client/connection-events.ts";
import { replyOf } from "../amqp-client/errors.ts";
import type { OutgoingMessage } from "../amqp-client/outgoing-message.ts";
import { ServiceError } from "../service/errors.ts";
import type { ServiceContext } from "../service/transport.ts";
import type { BrokerTransport } from "../transports/amqp/broker-transport.ts";
import { leaseQueueName, noteQueueName } from "../transports/amqp/names/queue-name.ts";
import { accessRefused, isNotOurs, Lease } from "./lease.ts";
import { type Note, noteMessage, readNote } from "./note.ts";
import { type OccurrenceSettings, occurrenceMessage } from "./occurrence.ts";

export interface ScheduleQueueSettings extends OccurrenceSettings {
  readonly broker: Pick<BrokerTransport, "consumingConnection" | "publishing" | "declareAgain" | "options">;
  /** The owner of these occurrences, and the observers of the run. */
  readonly context: Pick<ServiceContext, "service" | "observer">;
}

export interface Standing {
  readonly isOurs: boolean;
  readonly waiting: number;
}

export class ScheduleQueue {
  readonly lease: Lease;
  readonly #settings: ScheduleQueueSettings;
  readonly #noteQueue: string;

  constructor(settings: ScheduleQueueSettings) {
    const { broker, queue } = settings;
    const { consumingConnection: connection, publishing } = broker;
    this.#settings = settings;
    this.#noteQueue = noteQueueName(queue);
    this.lease = new Lease({ connection, publisher: publishing.publisher, queue: leaseQueueName(queue) });
  }

  /** The schedule's. */
  get name(): string {
    return this.#settings.name;
  }

  get isConnected(): boolean {
    const { consumingConnection, publishing } = this.#settings.broker;
    return consumingConnection.state === "connected" && publishing.connection.state === "connected";
  }

  /** Called with the connection that has the lease. */
  subscribe(events: Pick<ConnectionEvents, "opened" | "lost">): () => void {
    return this.#settings.broker.consumingConnection.subscribe(events);
  }

  /** Asks the broker, on one channel, whether this instance still has the lease, and how many occurrences wait for their run. */
  async standing(): Promise<Standing> {
    const { broker, queue } = this.#settings;
    let isOurs = false;
    try {
      return await broker.consumingConnection.withChannel(async (channel) => {
        await channel.checkQueue(leaseQueueName(queue));
        isOurs = true;
        return { isOurs, waiting: (await channel.checkQueue(queue)).messageCount };
      });
    } catch (error) {
      // A queue of occurrences that was deleted is declared again when the next one is published.
      const mayNotLook = isOurs && replyOf(error).replyCode === accessRefused;
      if (mayNotLook || isNotOurs(error)) return { isOurs, waiting: 0 };
      throw error;
    }
  }

  /** Resolves when the broker has the occurrence on disk. Observers see a publish like any other, so the run is in its trace. */
  async publish(time: number): Promise<void> {
    const { broker, context, name } = this.#settings;
    const message = occurrenceMessage(this.#settings, time);
    const { exchange, routingKey, content, properties } = message;
    const sending = { exchange, routingKey, template: name, server: broker.publishing.server(), startsTrace: true };
    const watched = context.observer?.sending?.({ kind: "publish", service: context.service, ...sending });
    try {
      const { messageId } = properties;
      const ids = { messageId, correlationId: undefined };
      const built = {
        exchange,
        routingKey,
        ...ids,
        headers: {},
        properties: { ...properties },
        content,
        bytes: content.length,
      };
      const added = watched?.built?.(built);
      if (added) properties.headers = { ...added };
      await this.#publish(message);
      watched?.ended({});
    } catch (error) {
      watched?.ended({ error });
      throw error;
    }
  }

  readNote(): Promise<Note | undefined> {
    return readNote(this.#settings.broker.consumingConnection, this.#noteQueue);
  }

  writeNote(note: Note): Promise<void> {
    return this.#publish(noteMessage(this.#noteQueue, note, this.#settings.service));
  }

  /** A returned message found no queue: it was deleted, and is declared again if the service declares it. */
  async #publish(message: OutgoingMessage): Promise<void> {
    const { broker, name } = this.#settings;
    const { publisher } = broker.publishing;
    if (!(await publisher.publish(message)).returned) return;
    await broker.declareAgain();
    if (!(await publisher.publish(message)).returned) return;
    throw new ServiceError(
      "ERR_SCHEDULE_QUEUE_MISSING",
      `The schedule "${name}" has no queue "${message.routingKey}" on the broker, and the service does not declare it. Create it: \`tomodachi topology <service>\` prints how. Or let the service declare it (declare: true).`,
    );
  }
}
