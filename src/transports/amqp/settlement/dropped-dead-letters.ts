/**
 * Notices a dead-letter queue that drops what it holds. AMQP does not tell which policy holds for a queue; the number of messages
 * in it, beside what this process put there, is all that can be seen.
 */
import type { Logger } from "../../../log/logger.ts";

export interface DroppedDeadLettersSettings {
  readonly deadLetterQueue: string;
  readonly logger: Logger;
  /** Messages that this process has put into the queue. */
  copies(): number;
}

/** This many checks in a row with new dead letters and the same number of messages are no coincidence. */
const looksWithoutGrowth = 2;

export class DroppedDeadLetters {
  readonly #settings: DroppedDeadLettersSettings;
  /** Copies at the last look, and at the one before. What came between these two was in the queue before it was asked now. */
  #copies: number;
  #copiesBefore: number;
  #messages = 0;
  #withoutGrowth = 0;
  /** The warning is written: once for each queue and process. */
  #told = false;

  constructor(settings: DroppedDeadLettersSettings) {
    this.#settings = settings;
    this.#copies = settings.copies();
    this.#copiesBefore = this.#copies;
  }

  /**
   * Call it at each check of the queue. The numbers say nothing if the queue has a consumer, was deleted, or the broker did not report
   * its length (undefined).
   */
  looked(messages: number | undefined, consumed: boolean): void {
    if (messages === undefined) {
      this.#copies = this.#settings.copies();
      this.#copiesBefore = this.#copies;
      this.#withoutGrowth = 0;
      return;
    }
    const put = this.#copies - this.#copiesBefore;
    const same = messages === this.#messages && messages > 0;
    this.#copiesBefore = this.#copies;
    this.#copies = this.#settings.copies();
    this.#messages = messages;
    this.#withoutGrowth = put > 0 && same && !consumed ? this.#withoutGrowth + 1 : 0;
    const gone = messages < put || this.#withoutGrowth >= looksWithoutGrowth;
    if (put > 0 && gone && !consumed) this.#tell(messages, put);
  }

  #tell(messages: number, put: number): void {
    if (this.#told) return;
    this.#told = true;
    const { deadLetterQueue, logger } = this.#settings;
    logger.warn(
      { deadLetterQueue, messages },
      `${put === 1 ? "A message that was" : `${put} messages that were`} just added to "${deadLetterQueue}" ${put === 1 ? "is" : "are"} missing: it holds ${messages} message${messages === 1 ? "" : "s"}. If they were not removed on purpose ("tomodachi dlq"), the broker drops dead letters: a policy sets overflow drop-head or message-ttl for this queue. "rabbitmqctl list_queues name policy effective_policy_definition" shows the policy. Exclude ".dlq" queues from such policies (docs/guides/production.md). This is logged once per queue.`,
    );
  }
}
