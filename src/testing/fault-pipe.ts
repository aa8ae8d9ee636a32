/** One direction of a connection through a fault proxy. It reads only as fast as it may pass bytes on, so that back-pressure is kept. */
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
  /** Aborts when the connection has ended. */
  readonly signal: AbortSignal;
  /** Returns a promise that never resolves once the connection is frozen, and undefined before that. */
  frozen(): Promise<never> | undefined;
  /** Called when the bytes before a planned cut have passed. */
  cut(pending: PendingCut): void;
}

/** With a limited rate, bytes are sent in steps of this many milliseconds. */
const stepMs = 20;

export class FaultPipe {
  readonly #settings: FaultPipeSettings;
  /** The bytes that are left of the current piece. Pieces end at the same bytes, whatever the chunks of the stream are. */
  #pieceLeft = 0;

  constructor(settings: FaultPipeSettings) {
    this.#settings = settings;
  }

  /** Passes on everything, and then the sender's end of the stream. Never rejects: a broken stream has closed. */
  async run(): Promise<void> {
    const { from, to } = this.#settings;
    try {
      // The other direction continues after this one has ended.
      for await (const chunk of from.iterator({ destroyOnReturn: false })) await this.#passOn(chunk as Buffer);
      await this.#mayPass();
      to.end();
    } catch {
      // The "close" event of the socket informs the proxy.
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

  /** Waits until a stall ends. On a frozen connection it waits forever. */
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
    // The pieces are sent in different turns, because otherwise the system would send two of them together.
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
