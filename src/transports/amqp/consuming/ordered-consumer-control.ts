/**
 * The consumer control of a subscription with `orderingKey` or `singleActive`. It changes the prefetch in one way only: no new
 * message begins, running handlers end, the channel closes, and a new channel opens with the new prefetch.
 *
 * `singleActive`: when a consumer is cancelled, the broker activates the next one at once. Messages may still run here, or be on
 * their way to this process, so handlers would overlap. So the consumer is never cancelled. The next one begins when this channel
 * closes, and by then nothing runs. This is true for a changed prefetch, a pause and a stop.
 *
 * `orderingKey`: a message that is requeued alone loses its place. Later messages are on their way already, and a quorum queue
 * delivers returned messages in the order of their return. When a channel closes, the broker requeues at once, in its order,
 * everything that was not settled. A pause for failures keeps the messages here; a requested pause closes the channel. For the same
 * reason only the quarantine changes the prefetch.
 */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import {
  type ConsumerControl,
  type ConsumerControlParts,
  firstOf,
  type Held,
  noteReason,
  type PauseReason,
  pauseTexts,
} from "./consumer-control.ts";
import type { Lanes } from "./lanes.ts";
import type { UnsettledDeliveries } from "./unsettled-deliveries.ts";

export interface OrderedConsumerControlParts extends ConsumerControlParts {
  readonly lanes: Lanes;
  readonly unsettled: Pick<UnsettledDeliveries, "settled">;
}

export class OrderedConsumerControl implements ConsumerControl {
  readonly #parts: OrderedConsumerControlParts;
  readonly #reasons = new Map<PauseReason, Held>();
  /** The channel is being given up, and perhaps opened again. */
  #turning = false;
  #turningSince = 0;
  #turned: Promise<void> = Promise.resolve();
  /** Asked for since the channel was given up, so it must be given up again. */
  #turnAsked = false;
  #stopped = false;

  constructor(parts: OrderedConsumerControlParts) {
    this.#parts = parts;
  }

  get held(): Held | undefined {
    const turning = { reason: "turning", text: pauseTexts.turning, since: this.#turningSince } as const;
    return firstOf(this.#reasons) ?? (this.#turning ? turning : undefined);
  }

  startOneByOne(): void {
    this.#parts.limits.oneByOne = true;
    this.#turn();
  }

  endOneByOne(): void {
    this.#parts.limits.oneByOne = false;
    this.#turn();
  }

  /** A requested pause may be long: the messages here go back, and another instance can become the single active consumer. */
  pause(reason: PauseReason, text?: string): void {
    noteReason(this.#reasons, reason, text);
    if (reason === "asked") this.#turn();
    else this.#parts.dispatcher.hold();
  }

  resume(reason: PauseReason): void {
    this.#reasons.delete(reason);
    if (this.#reasons.size > 0 || this.#turning || this.#stopped) return;
    const { dispatcher, consumer } = this.#parts;
    dispatcher.go();
    // It was given up when the pause became too long.
    consumer.resume().catch(() => {});
  }

  gaveBack(): Promise<void> {
    return this.#turned;
  }

  probe(): void {
    this.#parts.dispatcher.limitToOne(true);
    this.resume("failures");
  }

  recovered(): void {
    this.#parts.dispatcher.limitToOne(false);
  }

  /** It stays here, and is tried again with the others, one at a time. */
  async takeBack(delivery: Delivery): Promise<void> {
    this.putBack(delivery);
  }

  putBack(delivery: Delivery): void {
    this.#parts.lanes.deliveries.again(delivery);
  }

  giveBackLate(ms: number): number {
    const { lanes } = this.#parts;
    if (this.#turning || lanes.deliveries.oldestMs <= ms) return 0;
    const { waiting } = lanes;
    this.#turn();
    return waiting;
  }

  /** What came back is always delivered again as a whole, so the prefetch stays. */
  took(): void {}

  /** The consumer stays: if it were cancelled, another one would become active while messages run here. New deliveries are held. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#parts.dispatcher.close();
  }

  async runsEnded(): Promise<void> {
    await this.#parts.consumer.release();
  }

  /** Starts nothing more, closes the channel when nothing runs, and opens another unless there is a reason to pause. */
  #turn(): void {
    this.#parts.dispatcher.hold();
    this.#turnAsked = true;
    if (this.#turning || this.#stopped) return;
    this.#turning = true;
    this.#turningSince = Date.now();
    this.#turned = this.#turnUntilSettled().catch((error: unknown) => {
      this.#turning = false;
      this.#parts.logger.error({ err: error }, "a consumer could not be opened again");
    });
  }

  async #turnUntilSettled(): Promise<void> {
    const { consumer, dispatcher, unsettled, limits } = this.#parts;
    while (this.#turnAsked) {
      await unsettled.settled();
      await consumer.release();
      this.#turnAsked = false;
      await consumer.setPrefetch(limits.count);
      if (this.#reasons.size > 0 || this.#stopped) break;
      dispatcher.go();
      await consumer.resume();
    }
    this.#turning = false;
  }
}
