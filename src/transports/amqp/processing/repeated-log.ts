/** Log lines that may come with every message: the first of a kind is written, similar ones are counted and summed up. */
import { briefErrorFields } from "../../../log/error-fields.ts";
import type { Logger } from "../../../log/logger.ts";
import type { Clock } from "../../../util/clock.ts";
import { Repeats, repeatWindowMs } from "../../../util/repeats.ts";

export class RepeatedLog {
  readonly #logger: Logger;
  readonly #repeats: Repeats;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#repeats = new Repeats(clock);
  }

  /** Writes it, unless one that differs in numbers and ids only was written within 10 s. */
  write(
    level: "warn" | "error",
    fields: { readonly err: unknown; readonly [name: string]: unknown },
    text: string,
  ): void {
    const tell = (): void => this.#logger[level](fields, text);
    const sum = (more: number): void => {
      const err = briefErrorFields(fields.err);
      const times = more === 1 ? "once more" : `${more} more times`;
      this.#logger[level]({ ...fields, more, err }, `${text} (${times} in the last ${repeatWindowMs / 1000} s)`);
    };
    this.#repeats.add(`${level} ${alike(text)}`, tell, sum);
  }

  /** Writes what was counted but not written yet. Call it at the end. */
  flush(): void {
    this.#repeats.flush();
  }
}

/** Strings that differ only in numbers and ids are similar. Each character is read a fixed number of times for any length. */
export function alike(text: string): string {
  return text.replace(/[0-9a-f-]+/gi, (run) => (/\d/.test(run) ? "0" : run));
}
