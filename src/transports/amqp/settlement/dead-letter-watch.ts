/** Watches one dead-letter queue: notifies the service of each message, and the log when their number grows. */
import type { Logger } from "../../../log/logger.ts";
import type { DeadLetter } from "../../../service/dead-letter.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { DeadLetterCause } from "./dead-letter.ts";

export interface DeadLetterWatchSettings {
  readonly deadLetterQueue: string;
  readonly logger: Logger;
  /** The service's hook, if it has one. */
  readonly hook: ((deadLetter: DeadLetter) => unknown) | undefined;
  /** How many messages are in the queue; undefined if the queue does not exist. */
  count(): Promise<number | undefined>;
}

export class DeadLetterWatch {
  readonly #settings: DeadLetterWatchSettings;
  #copies = 0;
  /** The next number that is warned about. */
  #next = 1;
  readonly #hooks = new Set<Promise<unknown>>();

  constructor(settings: DeadLetterWatchSettings) {
    this.#settings = settings;
  }

  /** Messages that were dead-lettered since the start. */
  get copies(): number {
    return this.#copies;
  }

  /** Logs how many messages are in the queue already. Never rejects. */
  async start(): Promise<void> {
    const { count, deadLetterQueue, logger } = this.#settings;
    try {
      const messages = (await count()) ?? 0;
      if (messages > 0) logger.warn({ messages }, `there ${messagesIn(messages, deadLetterQueue)}`);
    } catch (error) {
      logger.debug({ err: error }, `the queue "${deadLetterQueue}" could not be checked`);
    }
  }

  /** One more, from this queue; the broker has the copy. Never throws, and waits for nothing. */
  added(cause: DeadLetterCause, queueName: string): void {
    const { deadLetterQueue, logger } = this.#settings;
    this.#copies++;
    if (this.#copies >= this.#next) {
      this.#next *= 10;
      const text = `${this.#copies} message${this.#copies === 1 ? " was" : "s were"} dead-lettered to "${deadLetterQueue}" since the start`;
      logger.warn({ sinceStart: this.#copies }, text);
    }
    if (this.#settings.hook) this.#tell(this.#settings.hook, deadLetterFrom(cause, queueName));
  }

  /** Resolves when no hook runs. */
  async ended(): Promise<void> {
    while (this.#hooks.size > 0) await Promise.all(this.#hooks);
  }

  #tell(hook: NonNullable<DeadLetterWatchSettings["hook"]>, deadLetter: DeadLetter): void {
    try {
      const returned = hook(deadLetter);
      if (!isPromise(returned)) return;
      const ended: Promise<void> = Promise.resolve(returned)
        .then(undefined, this.#hookFailed)
        .then(() => void this.#hooks.delete(ended));
      this.#hooks.add(ended);
    } catch (error) {
      this.#hookFailed(error);
    }
  }

  readonly #hookFailed = (error: unknown): void => {
    const text = "onDeadLetter failed; the message is safe in its dead-letter queue";
    this.#settings.logger.error({ err: error, deadLetterQueue: this.#settings.deadLetterQueue }, text);
  };
}

function deadLetterFrom(cause: DeadLetterCause, queueName: string): DeadLetter {
  const { reason, error, data, context, attempts, plan } = cause;
  const { handler, queue } = plan;
  const { deadLetterQueue } = queue;
  return { reason, error, data, context, attempts, handler: handler.name, queueName, deadLetterQueue };
}

function messagesIn(count: number, queue: string): string {
  return `${count === 1 ? "is 1 message" : `are ${count} messages`} in "${queue}"`;
}
