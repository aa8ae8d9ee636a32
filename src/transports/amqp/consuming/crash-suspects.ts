/**
 * Messages that may crash the process: counts how often each one came back, and dead-letters it after `crashLimit`.
 *
 * A quorum queue counts returns (`x-delivery-count`) and does not say why a message came back: its process ended, its connection
 * was lost, or (on RabbitMQ before 4.3) it was put back. A process that sees a message again has survived its last delivery, so
 * returns that happened here do not count towards the limit. A classic queue has only a flag, so nothing is limited there.
 */
import { createHash } from "node:crypto";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Logger } from "../../../log/logger.ts";
import { DeliveryLimitError } from "../../../service/outcome.ts";
import type { Clock } from "../../../util/clock.ts";
import { ExpiringMap } from "../../../util/expiring-map.ts";
import { Repeats, repeatWindowMs } from "../../../util/repeats.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { spentCount } from "../topology/delivery-limit.ts";

/** How many returned messages are remembered, and for how long. */
const remembered = { size: 5000, ageMs: 24 * 3_600_000 };

export interface CrashSuspectsSettings {
  readonly plan: Pick<SubscriptionPlan, "queue" | "runs" | "failures">;
  readonly queue: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class CrashSuspects {
  readonly #settings: CrashSuspectsSettings;
  readonly #repeats: Repeats;
  /** How often each returned message has come to this process. */
  readonly #seen = new ExpiringMap<number>(remembered);
  /** This process has put messages back, or lost a channel: what comes back may be its own. */
  #returnsOwn = false;
  /**
   * Messages come back often although nothing ended: by `Requeue`, or because `OrderedConsumerControl` gives back with its channel, at each stop
   * and each pause, for any content. Every version of RabbitMQ counts the latter.
   */
  #givesBack: boolean;

  constructor(settings: CrashSuspectsSettings) {
    const { queue, runs } = settings.plan;
    this.#settings = settings;
    this.#givesBack = runs.orderingKey !== undefined || queue.singleActive;
    this.#repeats = new Repeats(settings.clock);
  }

  /** The queue's count of earlier deliveries of the message; 0 if the queue does not count. */
  countOf(delivery: Delivery): number {
    // The header of a first delivery, or of one from a classic queue, is the sender's own.
    return delivery.redelivered && this.#settings.plan.queue.queueType === "quorum" ? delivery.deliveryCount : 0;
  }

  /** Takes note of each delivery, before anything is done with it. */
  arrived(delivery: Delivery): void {
    if (!delivery.redelivered) return;
    const key = keyOf(delivery);
    const seen = this.#seen.get(key) ?? 0;
    this.#seen.set(key, seen + 1);
    if (seen === 0) this.#warn(delivery);
  }

  /** Messages of this process come back: a channel was lost, or it puts messages back. */
  returns(): void {
    this.#returnsOwn = true;
  }

  /** The handler requeued a message: its queue may count that, and other instances may do the same. */
  requeued(): void {
    this.#returnsOwn = true;
    this.#givesBack = true;
  }

  /** @throws ERR_DELIVERY_LIMIT for a message that came back too often */
  refuseSpent(delivery: Delivery): void {
    const count = this.countOf(delivery);
    if (count === 0) return;
    const limit = this.#limit;
    const own = Math.max(0, (this.#seen.get(keyOf(delivery)) ?? 1) - 1);
    if (limit !== false && count - own >= limit) throw new DeliveryLimitError(count, limit);
    // Such a queue has no dead-letter exchange: what the broker drops there is lost.
    if (this.#settings.plan.runs.reply && count >= spentCount) throw new DeliveryLimitError(count, spentCount);
  }

  /** Logs what was only counted. */
  flush(): void {
    this.#repeats.flush();
  }

  get #limit(): number | false {
    const { crashLimit } = this.#settings.plan.failures;
    return crashLimit !== false && this.#givesBack ? Math.max(crashLimit, spentCount) : crashLimit;
  }

  #warn(delivery: Delivery): void {
    const { logger, queue, plan } = this.#settings;
    const counted = plan.queue.queueType === "quorum";
    const deliveryCount = this.countOf(delivery);
    // From RabbitMQ 4.3 on a requeued message is redelivered but not counted.
    if (counted && deliveryCount === 0) return;
    const { messageId } = delivery.properties;
    const most = this.#limit;
    const limit =
      counted && most !== false
        ? `After ${most} redeliveries it goes to "${plan.queue.deadLetterQueue}" (crashLimit).`
        : "There is no limit here for how often this may happen.";
    const text = `A message of "${queue}" was redelivered${counted ? ` (delivery count ${deliveryCount})` : ""}: the process that handled it ended, lost its connection or requeued it. If processes end without a log line, this message may be the reason. ${limit}`;
    const level = this.#returnsOwn ? "debug" : "warn";
    this.#repeats.add(
      level,
      () => logger[level]({ queue, messageId, deliveryCount }, text),
      (more) =>
        logger[level](
          { queue, messageId, deliveryCount, more },
          `${more} more message${more === 1 ? " of" : "s of"} "${queue}" ${more === 1 ? "was" : "were"} redelivered in the last ${repeatWindowMs / 1000} s`,
        ),
    );
  }
}

/** Identifies a message as long as the process lives. */
function keyOf({ properties, exchange, routingKey, content }: Delivery): string {
  const { messageId } = properties;
  if (typeof messageId === "string" && messageId !== "" && messageId.length < 100) return messageId;
  return createHash("sha1").update(`${exchange}\n${routingKey}\n`).update(content).digest("base64");
}
