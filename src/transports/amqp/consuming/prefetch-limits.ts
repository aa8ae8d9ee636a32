/**
 * How many deliveries the broker may hand over, from everybody who has a reason to lower it: the careful start and the quarantine
 * (one by one), the hold limit (a number), the circuit breaker (one at a time). Only the consumer control changes it.
 */
export class PrefetchLimits {
  /** The careful start, or the quarantine. */
  oneByOne: boolean;
  /** The circuit breaker tries one message at a time. */
  probing = false;
  /** The prefetch that the hold limit allows. */
  holdable: number;

  constructor(prefetch: number, careful: boolean) {
    this.holdable = prefetch;
    this.oneByOne = careful;
  }

  /** The value that is sent to the broker. */
  get count(): number {
    return this.oneByOne || this.probing ? 1 : this.holdable;
  }
}
