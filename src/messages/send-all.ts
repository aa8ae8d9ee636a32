/** Sends many messages: at a rate, one after the other or many at once, until all have their answer. */
import type { OutgoingMessage, PublishReceipt } from "../amqp-client/outgoing-message.ts";
import { wait } from "../util/wait.ts";

export interface SendTask {
  readonly bodies: AsyncIterable<Buffer> | Iterable<Buffer>;
  /** At most this many in a second. @default as fast as the broker confirms */
  readonly perSecond: number | undefined;
  /** Each waits for the confirm of the one before. */
  readonly oneByOne: boolean;
  /** Nothing more is sent; what was sent gets its answer. */
  readonly signal: AbortSignal;
  build(body: Buffer): Promise<OutgoingMessage>;
  send(message: OutgoingMessage): Promise<PublishReceipt>;
  /** Called for each message that was not sent, or whose result is unknown; counted from 1. `isBuilt`: only `send` rejected. */
  failed(number: number, error: unknown, isBuilt: boolean): void;
  /** Called after each answer. */
  progress(counts: SendCounts): void;
}

export interface SendCounts {
  /** Taken from the bodies. */
  readonly messages: number;
  /** The broker has them. */
  readonly confirmed: number;
  /** Those of the confirmed that reached no queue. */
  readonly unroutable: number;
  readonly failed: number;
}

export interface SendResult extends SendCounts {
  /** From the first message until the last answer: without the time in which a user types the first. */
  readonly ms: number;
}

/** More than the window of a publisher, so that it is always full. */
const atOnce = 2000;

export async function sendAll(task: SendTask): Promise<SendResult> {
  const counts = { messages: 0, confirmed: 0, unroutable: 0, failed: 0 };
  const { bodies, perSecond, oneByOne, signal } = task;
  let startedAt = performance.now();
  const answers = new Answers(oneByOne ? 1 : atOnce);
  for await (const body of bodies) {
    if (counts.messages === 0) startedAt = performance.now();
    if (perSecond !== undefined) {
      const early = startedAt + (counts.messages * 1000) / perSecond - performance.now();
      if (early > 0) await wait(early, signal);
    }
    if (signal.aborted) break;
    counts.messages++;
    await answers.add(sendOne(body, counts.messages, task, counts));
  }
  await answers.all();
  return { ...counts, ms: performance.now() - startedAt };
}

async function sendOne(
  body: Buffer,
  number: number,
  { build, send, failed, progress }: SendTask,
  counts: { confirmed: number; unroutable: number; failed: number; messages: number },
): Promise<void> {
  let isBuilt = false;
  try {
    const message = await build(body);
    isBuilt = true;
    const { returned } = await send(message);
    counts.confirmed++;
    if (returned) counts.unroutable++;
  } catch (error) {
    counts.failed++;
    failed(number, error, isBuilt);
  }
  progress(counts);
}

/** What waits for its answer, bounded. */
class Answers {
  readonly #limit: number;
  #open = 0;
  #freed: () => void = () => {};

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when there is room for another one. Takes what cannot reject. */
  async add(answer: Promise<void>): Promise<void> {
    this.#open++;
    void answer.then(() => {
      this.#open--;
      this.#freed();
    });
    while (this.#open >= this.#limit) await this.#next();
  }

  async all(): Promise<void> {
    while (this.#open > 0) await this.#next();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#freed = resolve;
    });
  }
}
