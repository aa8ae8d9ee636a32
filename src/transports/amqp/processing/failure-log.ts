/** The log lines of failed runs: one for each failure, and one for many similar failures. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { briefErrorFields, errorFields, placedErrorFields } from "../../../log/error-fields.ts";
import type { Logger } from "../../../log/logger.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import type { Clock } from "../../../util/clock.ts";
import { formatDuration } from "../../../util/duration.ts";
import { failedMore, Repeats } from "../../../util/repeats.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { errorClassOf } from "./error-class.ts";
import { loggedClauseOf } from "./logged-clause.ts";
import { alike } from "./repeated-log.ts";
import { historyOf } from "./retry-history.ts";

export interface FailureLogSettings {
  readonly plan: Pick<SubscriptionPlan, "queue">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The exchange through which the service's own copies return. */
  readonly returnExchange: string;
}

export class FailureLog {
  readonly #settings: FailureLogSettings;
  readonly #repeats: Repeats;

  constructor(settings: FailureLogSettings) {
    this.#settings = settings;
    this.#repeats = new Repeats(settings.clock);
  }

  /** What becomes of a message now, and why: an error with its stack at the last attempt, before that a warning with the place that threw. */
  failed(delivery: Delivery, outcome: FailedOutcome): void {
    const { logger, plan } = this.#settings;
    if (outcome.kind === "requeue") {
      logger.debug(this.#fieldsOf(delivery), "the message goes back to its queue");
      return;
    }
    const { reason, error } = outcome;
    if (outcome.kind === "retry") {
      const next = `it is handled again in ${formatDuration(outcome.delayMs)}`;
      this.#write("warn", delivery, error, { reason }, "a message could not be handled", next);
      return;
    }
    const what = reason === "unreadable" ? "a message could not be read" : "a message could not be handled";
    this.#write("error", delivery, error, { reason }, what, `it goes to "${plan.queue.deadLetterQueue}"`);
  }

  /** A run failed, and another follows in this process. */
  goesOn(delivery: Delivery, error: unknown, pauseMs: number): void {
    const next = `the next run starts in ${formatDuration(pauseMs)}`;
    this.#write("warn", delivery, error, {}, "a run failed", next);
  }

  /** A failure on a closed channel: nothing is copied, and the broker delivers the message again. */
  void(delivery: Delivery, outcome: FailedOutcome): void {
    if (outcome.kind === "requeue") return;
    const { reason, error } = outcome;
    const next = "its channel was closed meanwhile, so the broker delivers the message again";
    this.#write("warn", delivery, error, { reason }, "a run failed", next);
  }

  /** Logs what was counted but not logged yet. */
  flush(): void {
    this.#repeats.flush();
  }

  #write(
    level: "warn" | "error",
    delivery: Delivery,
    error: unknown,
    fields: Readonly<Record<string, unknown>>,
    what: string,
    next: string,
  ): void {
    const { logger } = this.#settings;
    if (!logger.isLevelEnabled(level)) return;
    const clause = loggedClauseOf(error);
    const unit = what === "a run failed" ? "run" : "message";
    const about = { ...this.#fieldsOf(delivery), ...fields };
    // Read here and not before: reading a stack is slow, and a failure that is only counted needs none.
    const tell = (): void => {
      const err = level === "error" ? errorFields(error) : placedErrorFields(error);
      logger[level]({ ...about, err }, `${what}: ${clause}; ${next}`);
    };
    const sum = (more: number): void =>
      logger[level]({ ...about, more, err: briefErrorFields(error) }, `${what}: ${clause}; ${failedMore(more, unit)}`);
    this.#repeats.add(`${level} ${what} ${errorClassOf(error)} ${alike(clause)}`, tell, sum);
  }

  /** Where the message came from at first, also where this delivery is a copy that came back. */
  #fieldsOf(delivery: Delivery): { readonly routingKey: string; readonly messageId: unknown } {
    const { routingKey } = historyOf(delivery, this.#settings.returnExchange);
    return { routingKey, messageId: delivery.properties.messageId };
  }
}
