/** Counts messages and consumers of the queues while a page is open, rarely enough that the broker has little work with it. */
import { AmqpConnection } from "../../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import { inspectQueue } from "../../amqp-client/topology.ts";
import { messageOf } from "../../errors.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import { createSilentLogger } from "../../log/logger.ts";
import { wait } from "../../util/wait.ts";
import type { QueueLive } from "../view/live-view.ts";

/**
 * The pause between two rounds, in milliseconds. A slow round is followed by a longer pause: at most a twentieth of the time is used for
 * asking.
 */
const pauseMs = 1500;
const shareOfTime = 20;
/** A missing queue closes the channel that asks for it, so it is asked for only once in this many rounds. */
const looksAtMissing = 10;
export interface CountedQueues {
  readonly connection: ResolvedConnectionOptions;
  readonly queues: readonly string[];
}

export class QueueCounts {
  readonly #groups: readonly CountedQueues[];
  readonly #found = new Map<string, QueueLive | null>();
  /** When a look into a queue counted its messages, on the clock of `performance`. */
  readonly #lookedAt = new Map<string, number>();
  #trouble: string | undefined;
  #looking: AbortController | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(groups: readonly CountedQueues[]) {
    this.#groups = groups;
  }

  get queues(): Readonly<Record<string, QueueLive | null>> {
    return Object.fromEntries(this.#found);
  }

  /** Stores a count from a look into the queue, which is newer than any count that is in progress. */
  looked(queue: string, messages: number): void {
    this.#lookedAt.set(queue, performance.now());
    this.#found.set(queue, { messages, consumers: this.#found.get(queue)?.consumers ?? 0 });
  }

  /** Why a broker could not be asked; undefined if it could. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Counts repeatedly until `stop`. */
  start(): void {
    if (this.#looking) return;
    const looking = new AbortController();
    this.#looking = looking;
    const before = this.#ended;
    const looks = this.#groups.map((group) => this.#lookAll(group, looking.signal));
    this.#ended = Promise.all([before, ...looks]);
  }

  /** Ends the counting, and closes its connections. */
  async stop(): Promise<void> {
    this.#looking?.abort();
    this.#looking = undefined;
    await this.#ended;
  }

  async #lookAll({ connection: options, queues }: CountedQueues, signal: AbortSignal): Promise<void> {
    const connection = new AmqpConnection({
      options,
      firstConnect: "once",
      name: "tomodachi console",
      purpose: "consuming",
      logger: createSilentLogger(),
    });
    try {
      for (let look = 0; !signal.aborted; look++) {
        const startedAt = performance.now();
        await this.#lookOnce(connection, queues, look, signal);
        const tookMs = performance.now() - startedAt;
        await wait(Math.max(pauseMs, tookMs * shareOfTime), signal);
      }
    } finally {
      await connection.close();
    }
  }

  async #lookOnce(
    connection: AmqpConnection,
    queues: readonly string[],
    look: number,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await connection.open(signal);
      for (const name of queues) {
        if (signal.aborted) return;
        if (this.#found.get(name) === null && look % looksAtMissing !== 0) continue;
        const askedAt = performance.now();
        const found = await inspectQueue(connection, name);
        if ((this.#lookedAt.get(name) ?? 0) > askedAt) continue;
        this.#found.set(name, found ? { messages: found.messageCount, consumers: found.consumerCount } : null);
      }
      this.#trouble = undefined;
    } catch (error) {
      if (!signal.aborted) this.#trouble = hidePasswords(messageOf(error));
    }
  }
}
