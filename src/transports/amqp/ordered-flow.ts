/**
 * The flow of a subscription with `orderBy`. A message that is given back by itself loses its place: what came after it is on
 * its way already. So nothing is. When something must go back, nothing new begins, those that run end, and the channel is closed: the
 * broker puts back at once, in its order, all that was not settled, and nothing of it can be on its way any more. Another
 * consumer of a queue with a single active one begins only then.
 */
import type { Delivery } from "../../amqp-client/delivery.ts";
import type { Flow, FlowParts, PauseReason } from "./flow.ts";
import type { Lanes } from "./lanes.ts";

export interface OrderedFlowParts extends FlowParts {
  readonly lanes: Lanes;
  /** Resolves when no message is at work. */
  idle(): Promise<void>;
}

export class OrderedFlow implements Flow {
  readonly #parts: OrderedFlowParts;
  readonly #reasons = new Set<PauseReason>();
  #prefetch: number;
  #probing = false;
  /** The channel is being given up, and perhaps opened again. */
  #turning = false;
  #stopped = false;

  constructor(parts: OrderedFlowParts) {
    this.#parts = parts;
    this.#prefetch = parts.prefetch;
  }

  setPrefetch(count: number): void {
    this.#prefetch = count;
    this.#turn();
  }

  pause(reason: PauseReason): void {
    this.#reasons.add(reason);
    this.#turn();
  }

  resume(reason: PauseReason): void {
    if (this.#reasons.delete(reason)) this.#turn();
  }

  probe(): void {
    this.#probing = true;
    this.resume("failures");
  }

  recovered(): void {
    this.#probing = false;
    this.#turn();
  }

  /** The channel is given up in a moment: what is not settled then goes back in its order. */
  async takeBack(delivery: Delivery): Promise<void> {
    this.putBack(delivery);
  }

  putBack(delivery: Delivery): void {
    this.#parts.lanes.again(delivery);
  }

  giveBackLate(ms: number): number {
    const { lanes } = this.#parts;
    if (this.#turning || lanes.oldestMs <= ms) return 0;
    this.#turn();
    return lanes.waiting;
  }

  /** The consumer stays: cancelled, it would make way for another one while messages run here. What comes is held. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#parts.intake.close();
  }

  async runsEnded(): Promise<void> {
    await this.#parts.consumer.release();
  }

  get #effectivePrefetch(): number {
    return this.#probing ? 1 : this.#prefetch;
  }

  /** Begins nothing more, gives the channel up when nothing runs, and opens another unless there is a reason not to. */
  #turn(): void {
    this.#parts.intake.hold();
    if (this.#turning || this.#stopped) return;
    this.#turning = true;
    this.#turnUntilSettled().catch((error: unknown) => {
      this.#turning = false;
      this.#parts.logger.error({ err: error }, "a consumer could not be opened again");
    });
  }

  async #turnUntilSettled(): Promise<void> {
    const { consumer, intake, idle } = this.#parts;
    for (;;) {
      await idle();
      await consumer.release();
      const prefetch = this.#effectivePrefetch;
      await consumer.setPrefetch(prefetch);
      if (this.#reasons.size > 0 || this.#stopped) break;
      intake.go();
      await consumer.resume();
      // What was asked for meanwhile.
      if (this.#reasons.size === 0 && prefetch === this.#effectivePrefetch) break;
      intake.hold();
    }
    this.#turning = false;
  }
}
