/** One direction of a connection through a fault proxy: reads only as fast as it may pass on, so back-pressure is kept. */
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { parseDuration } from "../util/duration.ts";
import { wait } from "../util/wait.ts";
import type { Direction, FaultConditions, PendingCut } from "./fault-conditions.ts";

export interface FaultPipeSettings {
  readonly from: Duplex;
  readonly to: Duplex;
  readonly direction: Direction;
  readonly conditions: FaultConditions;
  /** Numbers from 0 to 1 that decide where the stream is split. */
  readonly random: () => number;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
  /** Never resolves once the connection is frozen; undefined while it is not. */
  frozen(): Promise<never> | undefined;
  /** The bytes of a pending cut are through. */
  cut(pending: PendingCut): void;
}

/** A limited rate is sent in steps of this many milliseconds. */
const stepMs = 20;

export class FaultPipe {
  readonly #settings: FaultPipeSettings;
  /** Remaining bytes of the current piece: pieces end at the same bytes for every chunking of the stream. */
  #pieceLeft = 0;

  constructor(settings: FaultPipeSettings) {
    this.#settings = settings;
  }

  /** Passes on everything until the sender's end, which is passed on too. Never rejects: a broken stream has closed. */
  async run(): Promise<void> {
    const { from, to } = this.#settings;
    try {
      // The other direction continues after this one's end.
      for await (const chunk of from.iterator({ destroyOnReturn: false })) await this.#passOn(chunk as Buffer);
      await this.#mayPass();
      to.end();
    } catch {
      // The socket's "close" event notifies the proxy.
    }
  }

  async #passOn(chunk: Buffer): Promise<void> {
    const { conditions, direction, signal } = this.#settings;
    const delayMs = parseDuration(conditions.slowOf(direction)?.delay ?? 0) ?? 0;
    if (delayMs > 0) await wait(delayMs, signal);
    for (let at = 0; at < chunk.length && !signal.aborted; ) {
      await this.#mayPass();
      const size = Math.min(chunk.length - at, this.#nextSize());
      await this.#write(chunk.subarray(at, at + size));
      at += size;
    }
  }

  /** Waits for the end of a stall; without end once the connection is frozen. */
  async #mayPass(): Promise<void> {
    const { conditions, direction, frozen } = this.#settings;
    while (conditions.isStalled(direction)) await conditions.resumed();
    await frozen();
  }

  async #write(piece: Buffer): Promise<void> {
    const { to, conditions, direction, signal, cut } = this.#settings;
    if (signal.aborted) return;
    const { bytes, cut: pending } = conditions.pass(direction, piece.length);
    const whole = bytes === 0 || to.write(piece.subarray(0, bytes));
    if (pending) return cut(pending);
    this.#pieceLeft = Math.max(0, this.#pieceLeft - bytes);
    if (!whole) await drained(to);
    const rate = conditions.slowOf(direction)?.bytesPerSecond;
    if (rate !== undefined) await wait((bytes / rate) * 1000, signal);
    // Apart in time, or the system would send two pieces as one.
    else if (conditions.splitOf(direction)) await new Promise((resolve) => setImmediate(resolve));
  }

  #nextSize(): number {
    const { conditions, direction, random } = this.#settings;
    const rate = conditions.slowOf(direction)?.bytesPerSecond;
    const step = rate === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((rate * stepMs) / 1000));
    const split = conditions.splitOf(direction);
    if (!split) return step;
    if (this.#pieceLeft === 0) this.#pieceLeft = 1 + Math.floor(random() * split.maxChunk);
    return Math.min(step, this.#pieceLeft);
  }
}

function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.once("drain", done).once("close", done);
  });
}
