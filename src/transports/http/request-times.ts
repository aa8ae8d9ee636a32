/** When a request came, and how long its handler ran, for the access log. Times are milliseconds of `performance.now()`. */
export class RequestTimes {
  readonly #startedAt: number = performance.now();
  #handlerStartedAt: number | undefined;
  #handlerEndedAt: number | undefined;

  handlerStarts(): void {
    this.#handlerStartedAt = performance.now();
  }

  handlerEnded(): void {
    this.#handlerEndedAt = performance.now();
  }

  /** The time from the arrival until now, in milliseconds. */
  get requestMs(): number {
    return rounded(performance.now() - this.#startedAt);
  }

  /** The time that the handler ran, in milliseconds; undefined if no handler ran to its end. */
  get handlerMs(): number | undefined {
    if (this.#handlerStartedAt === undefined || this.#handlerEndedAt === undefined) return undefined;
    return rounded(this.#handlerEndedAt - this.#handlerStartedAt);
  }
}

/** Rounds to microseconds, which are exact enough. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
