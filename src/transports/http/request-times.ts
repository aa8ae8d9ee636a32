/** When a request came, and how long its handler ran: for the access log. Times are milliseconds of `performance.now()`. */
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

  /** Until now. */
  get requestMs(): number {
    return rounded(performance.now() - this.#startedAt);
  }

  /** Undefined where no handler ran to its end. */
  get handlerMs(): number | undefined {
    if (this.#handlerStartedAt === undefined || this.#handlerEndedAt === undefined) return undefined;
    return rounded(this.#handlerEndedAt - this.#handlerStartedAt);
  }
}

/** Microseconds are enough. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
