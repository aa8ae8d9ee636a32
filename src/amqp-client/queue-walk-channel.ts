/** The channel of a walk: takes messages in small groups, in the queue's order, and requeues the remaining ones in that order. */
import { randomUUID } from "node:crypto";
import { hasCode } from "../errors.ts";
import { wait } from "../util/wait.ts";
import type { AmqpChannel } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import type { AmqpConnection } from "./connection.ts";
import { AmqpChannelError, replyOf } from "./errors.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

/**
 * Most messages of a group. A quorum queue sorts what comes back together only up to 32 messages; more of them it puts back
 * in any order (RabbitMQ 3.10 and 4: returns are folded over a map).
 */
export const groupSize = 32;

/** The number of groups that are requeued before we wait: the broker merges what more than 32 commands under way ask for. */
const groupsUnderWay = 8;
/** Between two questions whether a queue that delivers nothing is empty. */
const quietMs = 50;
/** It must say so this often in a row: deliveries may be on their way. */
const quietLooks = 3;
/** A queue that has messages but delivers none for this long delivers them to another consumer. */
const noAnswerMs = 10_000;
const backAgain = { everyMs: 5, atMostMs: 10_000 };

/** What stays of one group: the last message that was not acknowledged, and how many there are. */
interface Kept {
  readonly last: ReceivedMessage;
  readonly count: number;
}

export class QueueWalkChannel {
  readonly #channel: AmqpChannel;
  readonly #queue: string;
  readonly #lost: Promise<never>;
  #kept: Kept[] = [];
  #closed = false;
  #reason: Error | undefined;

  constructor(channel: AmqpChannel, queue: string) {
    this.#channel = channel;
    this.#queue = queue;
    this.#lost = new Promise((_, reject) => {
      channel.subscribe({
        closed: (error) => {
          this.#closed = true;
          if (error instanceof AmqpChannelError) this.#reason = error;
          reject(lostError(queue, this.#reason));
        },
      });
    });
    // The caller that waits gets it; there may be no caller.
    this.#lost.catch(() => {});
  }

  static async open(connection: AmqpConnection, queue: string): Promise<QueueWalkChannel> {
    return new QueueWalkChannel(await connection.openChannel(), queue);
  }

  get lost(): boolean {
    return this.#closed;
  }

  /** Messages that were taken and stay in the queue. */
  get keptCount(): number {
    return this.#kept.reduce((sum, { count }) => sum + count, 0);
  }

  async readyCount(): Promise<number> {
    return (await this.#orLost(this.#channel.checkQueue(this.#queue))).messageCount;
  }

  /**
   * The next messages, at most `count`; fewer when the queue is empty or the signal aborts. Each group has a consumer of its
   * own, cancelled before anything of the group is settled: so the broker never sends more than was asked for.
   */
  async take(count: number, signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const group: ReceivedMessage[] = [];
    const consumerTag = randomUUID();
    const full = new AbortController();
    const end = (): void => full.abort();
    signal.addEventListener("abort", end, { once: true });
    let cancelled = false;
    const onMessage = (message: ReceivedMessage | null): void => {
      if (message) group.push(message);
      else cancelled = true;
      if (!message || group.length >= count) end();
    };
    try {
      await this.#orLost(this.#channel.prefetch(count));
      await this.#orLost(this.#channel.consume(this.#queue, onMessage, { consumerTag }));
      if (group.length < count && !signal.aborted) await this.#untilFullOrEmpty(group, count, full.signal);
      if (cancelled)
        throw lostError(this.#queue, new Error("the broker cancelled the consumer: the queue was deleted"));
      await this.#orLost(this.#channel.cancel(consumerTag));
    } finally {
      signal.removeEventListener("abort", end);
    }
    return group;
  }

  /** The message leaves the queue. */
  acknowledge(message: ReceivedMessage): void {
    if (!this.#closed) this.#channel.ack(message.deliveryTag);
  }

  /** These of the last group stay in the queue: every other one of it has been acknowledged. */
  keep(messages: readonly ReceivedMessage[]): void {
    const last = messages.at(-1);
    if (last) this.#kept.push({ last, count: messages.length });
  }

  /** Requeues the remaining messages in order. */
  async putBack(): Promise<void> {
    const kept = this.#kept;
    this.#kept = [];
    if (kept.length === 0 || this.#closed) return;
    const before = await this.readyCount();
    let count = 0;
    for (const [at, group] of kept.entries()) {
      // Everything before it is settled, so "multiple" means this group.
      this.#channel.nack(group.last.deliveryTag, true);
      count += group.count;
      if ((at + 1) % groupsUnderWay === 0 || at + 1 === kept.length) await this.#untilBack(before + count);
    }
  }

  async close(): Promise<void> {
    if (!this.#closed) await closeChannel(this.#channel);
  }

  async #untilFullOrEmpty(group: readonly unknown[], count: number, full: AbortSignal): Promise<void> {
    let lastLength = -1;
    let lastNews = performance.now();
    for (let looks = 0; looks < quietLooks && group.length < count; ) {
      await this.#orLost(wait(quietMs, full));
      if (full.aborted) return;
      const ready = await this.readyCount();
      if (group.length !== lastLength) lastNews = performance.now();
      looks = ready === 0 && group.length === lastLength ? looks + 1 : 0;
      lastLength = group.length;
      if (performance.now() - lastNews > noAnswerMs) throw noAnswerError(this.#queue, ready);
    }
  }

  async #untilBack(ready: number): Promise<void> {
    for (let waited = 0; waited < backAgain.atMostMs; waited += backAgain.everyMs) {
      if ((await this.readyCount()) >= ready) return;
      await this.#orLost(wait(backAgain.everyMs));
    }
  }

  /** Ends the wait when the channel is closed. */
  #orLost<T>(promise: PromiseLike<T>): Promise<T> {
    return Promise.race([promise, this.#lost]).catch((error: unknown) => {
      throw isOwn(error) ? error : lostError(this.#queue, this.#reason ?? error);
    });
  }
}

/** Whether it says already what it means for the walk, as what a channel's answer rejects with does not. */
function isOwn(error: unknown): boolean {
  return hasCode(error, "ERR_AMQP_SWEEP_LOST") || hasCode(error, "ERR_AMQP_PERMISSION");
}

function lostError(queue: string, cause: unknown): AmqpChannelError {
  const reply = cause === undefined ? { replyText: "the connection was lost" } : replyOf(cause);
  if ("replyCode" in reply && reply.replyCode === 403) {
    return new AmqpChannelError(
      "ERR_AMQP_PERMISSION",
      `The messages of the queue "${queue}" cannot be read: ${reply.replyText}. Give the user the read permission on it (rabbitmqctl set_permissions), or log in as another.`,
      { cause, ...reply },
    );
  }
  return new AmqpChannelError(
    "ERR_AMQP_SWEEP_LOST",
    `Reading the messages of the queue "${queue}" stopped: ${reply.replyText}. Messages that were not settled are in the queue again. Run the command again for the rest.`,
    { cause, ...reply },
  );
}

function noAnswerError(queue: string, ready: number): AmqpChannelError {
  return new AmqpChannelError(
    "ERR_AMQP_SWEEP_LOST",
    `The queue "${queue}" has ${ready} messages, but this consumer gets none: another consumer gets all of them (x-single-active-consumer, or a higher priority). Stop that consumer first.`,
  );
}
