/** The window of publishes with `wait: false`: how many may be unconfirmed. */

import { AmqpError } from "../../../amqp-client/errors.ts";
import type { Logger } from "../../../log/logger.ts";

/** Says how many bytes a publish takes of the window, once it is built. */
export type Weigh = (bytes: number) => void;

export interface UnawaitedLimits {
  /** On their way at once. */
  readonly messages: number;
  readonly bytes: number;
  /** Calls that may wait for room. */
  readonly calls: number;
}

interface WaitingCall {
  readonly routingKey: string;
  /** On the clock of performance.now(). */
  readonly deadline: number;
  begin(): void;
  reject(error: Error): void;
}

export interface UnawaitedSettings {
  readonly limits: UnawaitedLimits;
  /** How long a call may wait for room. */
  readonly timeoutSeconds: number;
  readonly logger: Logger;
}

const checkMs = 250;

export class UnawaitedPublishes {
  readonly #settings: UnawaitedSettings;
  #waiting: WaitingCall[] = [];
  #sent = 0;
  #bytes = 0;
  #refused = 0;
  #checkTimer: NodeJS.Timeout | undefined;
  #flushing: (() => void)[] = [];

  constructor(settings: UnawaitedSettings) {
    this.#settings = settings;
  }

  /**
   * Resolves when `send` has begun: at once while there is room. A failure of the message is logged.
   * Rejects when there was no room for too long or for too many; a rejection that is not awaited never ends the process.
   */
  run(routingKey: string, send: (weigh: Weigh) => Promise<unknown>): Promise<void> {
    if (this.#hasRoom) {
      this.#begin(routingKey, send);
      return Promise.resolve();
    }
    const begun = new Promise<void>((resolve, reject) => {
      const { limits, timeoutSeconds } = this.#settings;
      if (this.#waiting.length >= limits.calls) return reject(this.#overflow(routingKey));
      const begin = (): void => {
        this.#begin(routingKey, send);
        resolve();
      };
      this.#waiting.push({ routingKey, deadline: performance.now() + timeoutSeconds * 1000, begin, reject });
      this.#checkTimer ??= setInterval(this.#rejectOverdue, checkMs);
    });
    // A caller that publishes without waiting possibly does not await this promise either.
    begun.catch(() => {});
    return begun;
  }

  /** Resolves when nothing is on its way and nothing waits for room, or the signal aborts. */
  async flush(signal: AbortSignal): Promise<void> {
    if (this.#sent === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#flushing.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Rejects what waits for room. */
  close(): void {
    for (const call of this.#waiting.splice(0)) call.reject(noRoom(call, "the service has stopped"));
    this.#stopChecks();
  }

  get #hasRoom(): boolean {
    const { messages, bytes } = this.#settings.limits;
    return this.#waiting.length === 0 && this.#sent < messages && this.#bytes < bytes;
  }

  #begin(routingKey: string, send: (weigh: Weigh) => Promise<unknown>): void {
    let weight = 0;
    this.#sent++;
    const weigh = (bytes: number): void => {
      weight += bytes;
      this.#bytes += bytes;
    };
    send(weigh)
      .catch((error: unknown) => {
        this.#settings.logger.error({ err: error, routingKey }, "a publish with wait: false failed");
      })
      .finally(() => {
        this.#sent--;
        this.#bytes -= weight;
        this.#letIn();
      });
  }

  #letIn(): void {
    const { messages, bytes } = this.#settings.limits;
    while (this.#waiting.length > 0 && this.#sent < messages && this.#bytes < bytes) this.#waiting.shift()?.begin();
    if (this.#waiting.length === 0) this.#stopChecks();
    if (this.#sent === 0) for (const resolve of this.#flushing.splice(0)) resolve();
  }

  readonly #rejectOverdue = (): void => {
    const now = performance.now();
    const { timeoutSeconds, logger } = this.#settings;
    while (this.#waiting[0] && this.#waiting[0].deadline <= now) {
      const call = this.#waiting.shift() as WaitingCall;
      const error = noRoom(call, `no earlier publish was settled within publishTimeoutSeconds (${timeoutSeconds})`);
      logger.error({ err: error, routingKey: call.routingKey }, "a publish with wait: false failed");
      call.reject(error);
    }
    if (this.#waiting.length === 0) this.#stopChecks();
  };

  #stopChecks(): void {
    clearInterval(this.#checkTimer);
    this.#checkTimer = undefined;
    if (this.#refused === 0) return;
    this.#settings.logger.error(
      { count: this.#refused },
      "publishes with wait: false were rejected, because too many were waiting",
    );
    this.#refused = 0;
  }

  #overflow(routingKey: string): AmqpError {
    const { logger, limits } = this.#settings;
    const error = noRoom({ routingKey }, `${limits.calls} other calls wait before it`);
    this.#refused++;
    // One line for all: a loop that does not wait would fill the log as well.
    if (this.#refused === 1) logger.error({ err: error, routingKey }, "a publish with wait: false was rejected");
    return error;
  }
}

function noRoom({ routingKey }: Pick<WaitingCall, "routingKey">, why: string): AmqpError {
  return new AmqpError(
    "ERR_AMQP_PUBLISH_OVERFLOW",
    `The publish with wait: false (${routingKey}) was not sent: too many publishes wait for their confirm, and ${why}. Await amqpPublish(), which waits for the broker, or find out why the broker does not confirm.`,
  );
}
