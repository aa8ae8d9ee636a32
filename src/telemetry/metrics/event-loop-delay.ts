/** How late the event loop is: how much a handler with a long computation delays all others. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Row } from "./instruments.ts";

/** Delays are reported for a window of at least this long, in milliseconds: the maximum of a whole run says nothing about today. */
const windowMs = 10_000;
const nanosecondsPerSecond = 1e9;
/** How often the loop is measured, in milliseconds; the timer of the histogram is late by so much anyway. */
const resolutionMs = 20;

export class EventLoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #since = performance.now();
  #last: Readonly<Record<"p50" | "p99" | "max", number>> = { p50: 0, p99: 0, max: 0 };

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  read(what: "p50" | "p99" | "max"): readonly Row[] {
    if (performance.now() - this.#since >= windowMs) this.#turn();
    return [[this.#last[what]]];
  }

  #turn(): void {
    const histogram = this.#histogram;
    this.#since = performance.now();
    const seconds = (nanoseconds: number): number =>
      Math.max(0, nanoseconds / nanosecondsPerSecond - resolutionMs / 1000);
    this.#last = {
      p50: seconds(histogram.percentile(50)),
      p99: seconds(histogram.percentile(99)),
      max: seconds(histogram.max),
    };
    histogram.reset();
  }
}
