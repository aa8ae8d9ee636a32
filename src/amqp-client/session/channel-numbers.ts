/** Which channel numbers of a connection are free. */
import { noChannelLeft } from "./session-errors.ts";

export class ChannelNumbers {
  readonly #max: number;
  /** Returned numbers, used again before a number that never was. */
  readonly #free: number[] = [];
  #highest = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Throws ERR_AMQP_CHANNEL_LIMIT when all are in use. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#highest >= this.#max) throw noChannelLeft(this.#max);
    return ++this.#highest;
  }

  giveBack(number: number): void {
    this.#free.push(number);
  }
}
