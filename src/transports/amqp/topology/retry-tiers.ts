/**
 * Where messages wait for their next run, declared for one service.
 *
 * A copy goes to the fanout exchange `<service>.retry.<delay>`, with the name of the failing queue as its routing key, and
 * waits in the queue of the same name. When its time is over the broker hands it to the direct exchange `<service>.return`,
 * to which each queue is bound by its own name; what finds no queue there goes on to `<service>.lost.dlq`, so that one queue
 * that has vanished holds up nobody. The fanout exchange is there because of RabbitMQ's rule for dead letters: published
 * by the name of the tier itself, a message whose tier is also its own target would be dropped as one that goes in a circle.
 */

import { bindQueues } from "../../../amqp-client/bind-queues.ts";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import {
  type Binding,
  bindQueue,
  type DeclarationReport,
  declareExchange,
  declareQueue,
  inspectQueue,
} from "../../../amqp-client/topology.ts";
import { hasCode } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import type { RunObserver } from "../../../service/observer.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import { formatDuration } from "../../../util/duration.ts";
import { retryBaseName } from "../names/queue-name.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { QueuePlan } from "../options/queue-plan.ts";
import { deadLetterQueueArguments } from "./topology.ts";
import type { TopologyWatch } from "./topology-watch.ts";

export interface RetryTiersSettings {
  readonly service: string;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly observer: RunObserver | undefined;
  /** Notices what is deleted while the service runs. */
  readonly watch: Pick<TopologyWatch, "add">;
}

export class RetryTiers {
  /** What brings copies back: a delivery from here is a copy of this service's. */
  readonly returnExchange: string;
  readonly #settings: RetryTiersSettings;
  readonly #base: string;
  /** What stands already, or is being declared, by what it is. */
  readonly #declared = new Map<string, Promise<void>>();
  /** The delays whose tiers stand, as far as this process has needed them. */
  readonly #delaysMs = new Set<number>();
  /** Whose queues are bound to the return exchange, by their queue. */
  readonly #bound = new Map<string, QueuePlan>();
  /** Messages in the lost queue at the last look. */
  #lostMessages: number | undefined;
  #saidClassic = false;

  constructor(settings: RetryTiersSettings) {
    this.#settings = settings;
    this.#base = retryBaseName(settings.service, settings.options.naming.queueNamePrefix);
    this.returnExchange = `${this.#base}.return`;
  }

  /** The name of a tier's queue, and of the exchange before it. */
  tierName(delayMs: number): string {
    return `${this.#base}.retry.${formatDuration(delayMs)}`;
  }

  /** Makes sure that a message of this queue can wait so long and come back. */
  async declare(queue: QueuePlan, delayMs: number): Promise<void> {
    await this.#declareWayBack(queue);
    await this.#once(this.tierName(delayMs), () => this.#declareTier(delayMs));
  }

  /** The same when the broker has lost some of it. */
  async declareAgain(queue: QueuePlan, delayMs: number): Promise<void> {
    this.#forget(queue);
    this.#declared.delete(this.tierName(delayMs));
    await this.declare(queue, delayMs);
  }

  /** Binds a queue that was made anew, if messages may come back to it. */
  async restore(queue: QueuePlan): Promise<void> {
    if (!this.#declared.has(wayBackOf(queue))) return;
    this.#forget(queue);
    await this.#declareWayBack(queue);
  }

  /** What waits in the tiers; a broker that cannot be asked says nothing. */
  async openWork(): Promise<readonly OpenWork[]> {
    const work = [...this.#delaysMs].map(async (delayMs): Promise<OpenWork> => {
      const info = await inspectQueue(this.#settings.connection, this.tierName(delayMs)).catch(() => undefined);
      const of = `${this.#settings.service}, retries after ${formatDuration(delayMs)}`;
      return { of, queued: 0, running: 0, pausing: 0, interrupted: false, parked: info?.messageCount ?? 0 };
    });
    return Promise.all(work);
  }

  #forget(queue: QueuePlan): void {
    this.#declared.delete(this.returnExchange);
    this.#declared.delete(wayBackOf(queue));
  }

  async #declareWayBack(queue: QueuePlan): Promise<void> {
    await this.#once(this.returnExchange, () => this.#declareReturn());
    await this.#once(wayBackOf(queue), () => this.#bind(queue));
  }

  /** One declaration for all that need it at the same time; one that failed is tried again by the next. */
  #once(what: string, declare: () => Promise<void>): Promise<void> {
    let declared = this.#declared.get(what);
    if (!declared) {
      declared = declare().catch((error: unknown) => {
        this.#declared.delete(what);
        throw error;
      });
      this.#declared.set(what, declared);
    }
    return declared;
  }

  async #declareReturn(): Promise<void> {
    const lost = `${this.#base}.lost`;
    const queue = `${lost}.dlq`;
    await this.#declareExchange(lost, "fanout");
    await this.#declareQueue(queue, deadLetterQueueArguments);
    await bindQueue(this.#settings.connection, { exchange: lost, queue, routingKey: "" });
    await this.#declareExchange(this.returnExchange, "direct", { "alternate-exchange": lost });
    this.#settings.observer?.declared?.({ queues: [queue], exchanges: [lost, this.returnExchange] });
    this.#watchReturn(lost, queue);
  }

  /** Without the return exchange the broker keeps what waits, or, in classic queues, drops it when its time is over. */
  #watchReturn(lost: string, queue: string): void {
    this.#settings.watch.add(this.returnExchange, {
      exchanges: [lost, this.returnExchange],
      queues: [queue],
      consequence: `Retries of ${this.#settings.service} did not come back meanwhile; RabbitMQ tries again, within 3 minutes, what was due.`,
      restore: () => this.#declareReturn(),
      looked: ({ messages }) => this.#lookedAtReturn(queue, messages.get(queue) ?? 0),
    });
  }

  /** A broker does not tell whether a binding exists, so each is made again; what it missed arrived in the lost queue. */
  async #lookedAtReturn(queue: string, messages: number): Promise<void> {
    const { connection, logger } = this.#settings;
    const before = this.#lostMessages;
    this.#lostMessages = messages;
    const bindings = [...this.#bound.values()].flatMap((queue) => this.#bindingsOf(queue));
    await bindQueues(connection, bindings, (binding, error) => {
      // A queue that is gone is declared and bound again by its consumer.
      logger.debug({ err: error }, `"${binding.queue}" was not bound again`);
    });
    if (messages <= (before ?? 0)) return;
    const more = before === undefined ? "" : `, ${messages - before} more than before`;
    logger.warn(
      { messages },
      `"${queue}" holds ${messages} message${messages === 1 ? "" : "s"}${more}: retries that found no queue to come back to, because it or its binding to "${this.returnExchange}" was deleted. The queues of ${this.#settings.service} are bound again; "tomodachi dlq" shows and replays the messages.`,
    );
  }

  async #bind(queue: QueuePlan): Promise<void> {
    this.#bound.set(queue.queueName, queue);
    for (const binding of this.#bindingsOf(queue)) await bindQueue(this.#settings.connection, binding);
  }

  /** By its own name, and by those it had: copies that still wait know the old one. */
  #bindingsOf({ queueName: queue, previousQueueNames }: QueuePlan): readonly Binding[] {
    const { queueNamePrefix } = this.#settings.options.naming;
    const keys = [queue, ...previousQueueNames.map((name) => queueNamePrefix + name)];
    return keys.map((routingKey) => ({ exchange: this.returnExchange, queue, routingKey }));
  }

  async #declareTier(delayMs: number): Promise<void> {
    const { connection, publisher, observer, watch } = this.#settings;
    const name = this.tierName(delayMs);
    await this.#declareExchange(name, "fanout");
    await this.#declareTierQueue(name, delayMs);
    await bindQueue(connection, { exchange: name, queue: name, routingKey: "" });
    publisher.trustExchange(name);
    this.#delaysMs.add(delayMs);
    observer?.declared?.({ queues: [name], exchanges: [name] });
    watch.add(name, {
      exchanges: [name],
      queues: [name],
      consequence: "If the queue was deleted, the messages that waited in it for their retries were deleted with it.",
      restore: () => this.#declareTier(delayMs),
    });
  }

  /** Never with x-expires: a tier without consumers would be deleted, with what waits in it. */
  async #declareTierQueue(name: string, delayMs: number): Promise<void> {
    const common = {
      "x-message-ttl": delayMs,
      "x-dead-letter-exchange": this.returnExchange,
      "x-overflow": "reject-publish",
    };
    const quorum = { "x-queue-type": "quorum", ...common, "x-dead-letter-strategy": "at-least-once" };
    let report: DeclarationReport;
    try {
      report = await this.#declareQueue(name, quorum);
    } catch (error) {
      if (!isRefusalOfType(error)) throw error;
      report = await this.#declareQueue(name, { "x-queue-type": "classic", ...common });
      this.#sayClassic();
    }
    if (report.dropped.includes("x-queue-type")) this.#sayClassic();
  }

  #sayClassic(): void {
    if (this.#saidClassic) return;
    this.#saidClassic = true;
    this.#settings.logger.warn(
      "the broker has no quorum queues, so messages wait for their retries in classic ones: a crash of the broker at the moment of their return may lose them",
    );
  }

  async #declareQueue(name: string, args: Readonly<Record<string, unknown>>): Promise<DeclarationReport> {
    const { connection, options, logger } = this.#settings;
    const report = await declareQueue(connection, { name, arguments: args }, { strict: options.topology.strict });
    if (report.warning) logger.warn(report.warning);
    return report;
  }

  async #declareExchange(name: string, type: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { connection, options, logger } = this.#settings;
    const exchange = { name, type, arguments: args };
    const { warning } = await declareExchange(connection, exchange, { strict: options.topology.strict });
    if (warning) logger.warn(warning);
  }
}

function wayBackOf({ queueName }: QueuePlan): string {
  return `the way back to ${queueName}`;
}

/** Refused for something else than permissions and what stands there already: it may be the type of queue. */
function isRefusalOfType(error: unknown): boolean {
  const { replyText } = error as { readonly replyText?: string | undefined };
  return hasCode(error, "ERR_AMQP_DECLARATION") && !replyText?.includes("inequivalent arg");
}
