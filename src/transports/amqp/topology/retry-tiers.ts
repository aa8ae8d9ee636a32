/**
 * Where messages wait for their next run, declared for one service.
 *
 * A copy goes to the fanout exchange `<service>.retry.<delay>`, with the name of the failing queue as its routing key, and waits in
 * the queue of the same name. When its time is over the broker hands it to the direct exchange `<service>.return`, to which each
 * queue is bound by its own name; what finds no queue there goes on to `<service>.lost.dlq`, so that a deleted queue delays no
 * other messages. The fanout exchange is needed because RabbitMQ drops a dead letter that would return to a queue where it was
 * before (a cycle). A copy that is published to the retry queue by name would look like that.
 */

import { bindQueues } from "../../../amqp-client/bind-queues.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { bindQueue, inspectQueue } from "../../../amqp-client/topology.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import { formatDuration } from "../../../util/duration.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { QueuePlan } from "../options/queue-plan.ts";
import { PartMaker, type PartMakerSettings } from "./make-parts.ts";
import { classicTier, namesOf, RetryNames, retryDelaysOf, returnParts, tierPart } from "./retry-parts.ts";
import type { TopologyWatch } from "./topology-watch.ts";

export interface RetryTiersSettings extends PartMakerSettings {
  readonly publisher: Publisher;
  /** Notices what is deleted while the service runs. */
  readonly watch: Pick<TopologyWatch, "add">;
}

export class RetryTiers {
  readonly #settings: RetryTiersSettings;
  readonly #names: RetryNames;
  /** What exists already, or is being declared, by kind. */
  readonly #declared = new Map<string, Promise<void>>();
  /** The delays whose retry queues exist, as far as this process has needed them. */
  readonly #delaysMs = new Set<number>();
  /** Whose queues are bound to the return exchange, by their queue. */
  readonly #bound = new Map<string, QueuePlan>();
  readonly #parts: PartMaker;
  /** Messages in the lost queue at the last look. */
  #lostMessages: number | undefined;

  constructor(settings: RetryTiersSettings) {
    this.#settings = settings;
    this.#names = new RetryNames(settings.service, settings.options.naming.queueNamePrefix);
    this.#parts = new PartMaker(settings);
  }

  /** What brings copies back: a delivery from here is a copy of this service's. */
  get returnExchange(): string {
    return this.#names.returnExchange;
  }

  /** The name of a tier's queue, and of the exchange before it. */
  tierName(delayMs: number): string {
    return this.#names.tier(delayMs);
  }

  /** The same for all delays of a subscription. */
  async declareFor(plan: SubscriptionPlan): Promise<void> {
    await Promise.all(retryDelaysOf(plan).map((delayMs) => this.declare(plan.queue, delayMs)));
  }

  /** Makes sure that a message of this queue can wait this long and return; if the service does not declare, that everything exists. */
  async declare(queue: QueuePlan, delayMs: number): Promise<void> {
    await this.#declareWayBack(queue);
    await this.#once(this.tierName(delayMs), () => this.#makeTier(delayMs));
  }

  /** The same when the broker has lost some of it. False: the service does not declare it. */
  async declareAgain(queue: QueuePlan, delayMs: number): Promise<boolean> {
    this.#forget(queue);
    this.#declared.delete(this.tierName(delayMs));
    if (!this.#declares) return false;
    await this.declare(queue, delayMs);
    return true;
  }

  /** Binds a queue that was declared again, if messages may come back to it. */
  async restore(queue: QueuePlan): Promise<void> {
    if (!this.#declared.has(wayBackOf(queue))) return;
    this.#forget(queue);
    await this.#declareWayBack(queue);
  }

  /** The waiting messages in the retry queues; empty without an answer of the broker. */
  async openWork(): Promise<readonly OpenWork[]> {
    const work = [...this.#delaysMs].map(async (delayMs): Promise<OpenWork> => {
      const info = await inspectQueue(this.#settings.connection, this.tierName(delayMs)).catch(() => undefined);
      const of = `${this.#settings.service}, retries after ${formatDuration(delayMs)}`;
      return { of, queued: 0, running: 0, pausing: 0, interrupted: false, parked: info?.messageCount ?? 0 };
    });
    return Promise.all(work);
  }

  get #declares(): boolean {
    return this.#settings.options.topology.declare.queue === true;
  }

  #forget(queue: QueuePlan): void {
    this.#declared.delete(this.returnExchange);
    this.#declared.delete(wayBackOf(queue));
  }

  async #declareWayBack(queue: QueuePlan): Promise<void> {
    await this.#once(this.returnExchange, () => this.#makeReturn());
    // The declarer of a queue also binds it.
    if (queue.declare === true) await this.#once(wayBackOf(queue), () => this.#bind(queue));
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

  /** Without the return exchange the broker keeps what waits, or, in classic queues, drops it when its time is over. */
  async #makeReturn(): Promise<void> {
    const { service, watch } = this.#settings;
    const parts = returnParts(this.#names);
    await this.#parts.make(parts);
    if (this.#settings.options.topology.declare.queue === false) return;
    watch.add(this.returnExchange, {
      ...namesOf(parts),
      consequence: `Until now, due retries of ${service} could not return to their queues; RabbitMQ tries them again within 3 minutes.`,
      restore: this.#declares ? () => this.#parts.make(parts) : undefined,
      looked: ({ messages }) => this.#lookedAtReturn(messages.get(this.#names.lostQueue) ?? 0),
    });
  }

  /** A broker cannot say whether a binding exists, so each is declared again; messages that missed it are in the lost queue. */
  async #lookedAtReturn(messages: number): Promise<void> {
    const { connection, logger, service } = this.#settings;
    const before = this.#lostMessages;
    this.#lostMessages = messages;
    const bindings = [...this.#bound.values()].flatMap((queue) => this.#names.wayBack(queue));
    await bindQueues(connection, bindings, (binding, error) => {
      // A deleted queue is declared and bound again by its consumer.
      logger.debug({ err: error }, `"${binding.queue}" was not bound again`);
    });
    if (messages <= (before ?? 0)) return;
    const more = before === undefined ? "" : `, ${messages - before} more than before`;
    const cure =
      bindings.length > 0
        ? `The queues of ${service} are bound again`
        : `Bind the queues of ${service} again, as "tomodachi topology" prints`;
    logger.warn(
      { messages },
      `"${this.#names.lostQueue}" holds ${messages} message${messages === 1 ? "" : "s"}${more}: retries that could not return, because their queue or its binding to "${this.returnExchange}" was deleted. ${cure}; "tomodachi dlq" shows and replays the messages.`,
    );
  }

  async #bind(queue: QueuePlan): Promise<void> {
    this.#bound.set(queue.queueName, queue);
    for (const binding of this.#names.wayBack(queue)) await bindQueue(this.#settings.connection, binding);
  }

  async #makeTier(delayMs: number): Promise<void> {
    const { publisher, watch, options } = this.#settings;
    const name = this.tierName(delayMs);
    const part = tierPart(this.#names, delayMs);
    const make = (): Promise<void> => this.#parts.make([part], classicTier(this.#names, delayMs));
    await make();
    publisher.trustExchange(name, options.topology.declare.queue);
    this.#delaysMs.add(delayMs);
    if (options.topology.declare.queue === false) return;
    watch.add(name, {
      ...namesOf([part]),
      consequence: "If the queue was deleted, the messages that waited in it for their retries were deleted with it.",
      restore: this.#declares ? make : undefined,
    });
  }
}

function wayBackOf({ queueName }: QueuePlan): string {
  return `return to ${queueName}`;
}
