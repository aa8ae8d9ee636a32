/** Keeps some of the last messages while no page is open: a few in each half second. Any other message costs only a check of a number. */
import type {
  DeliveryObserver,
  ObservedDelivery,
  ObservedSending,
  SendingObserver,
} from "../../service/observed-work.ts";
import type { MessageWatch } from "./switched-observer.ts";

/** The most messages of the run that are kept in each half second. */
const keptInHalfSecond = 20;
const halfSecondMs = 500;

/** Counts how many more messages may be kept now. All services of a run share it. */
export class SleepingRoom {
  readonly #refilled: () => void;
  #left = keptInHalfSecond;
  #timer: NodeJS.Timeout | undefined;

  /** `refilled` is called when there is room again. */
  constructor(refilled: () => void) {
    this.#refilled = refilled;
  }

  take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    // An idle process has no timer.
    this.#timer ??= setTimeout(() => this.#refill(), halfSecondMs).unref();
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#left = 0;
  }

  #refill(): void {
    this.#timer = undefined;
    this.#left = keptInHalfSecond;
    this.#refilled();
  }
}

export class SleepingWatch implements MessageWatch {
  readonly #watch: MessageWatch;
  readonly #room: SleepingRoom;

  constructor(watch: MessageWatch, room: SleepingRoom) {
    this.#watch = watch;
    this.#room = room;
  }

  delivered(delivery: ObservedDelivery): DeliveryObserver | undefined {
    return this.#room.take() ? this.#watch.delivered(delivery) : undefined;
  }

  sending(sending: ObservedSending): SendingObserver | undefined {
    return this.#room.take() ? this.#watch.sending(sending) : undefined;
  }
}
