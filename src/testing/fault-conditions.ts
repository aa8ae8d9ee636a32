/** What a fault proxy does to the bytes that go through it now: one set of conditions for all its connections. */
import type { Duration } from "../util/duration.ts";

export type Direction = "toBroker" | "toClient";
export type Directions = Direction | "both";

export interface SlowOptions {
  /** How much passes in a second, for each connection and direction. @default no limit */
  readonly bytesPerSecond?: number | undefined;
  /** How long each chunk is held. @default 0 */
  readonly delay?: Duration | undefined;
  /** @default "both" */
  readonly direction?: Directions | undefined;
}

export interface SplitOptions {
  /** Chunks get 1 to this many bytes; how many each gets is decided by the seed. */
  readonly maxChunk: number;
  /** @default "both" */
  readonly direction?: Directions | undefined;
}

/** A planned cut: after this many more bytes have passed. */
export interface PendingCut {
  readonly direction: Direction;
  readonly reset: boolean;
  bytes: number;
}

export class FaultConditions {
  slow: SlowOptions | undefined;
  split: SplitOptions | undefined;
  pendingCut: PendingCut | undefined;
  readonly #stalled = new Set<Direction>();
  #waiting: (() => void)[] = [];

  stall(directions: Directions): void {
    for (const direction of directionsOf(directions)) this.#stalled.add(direction);
  }

  /** Ends every stall. */
  resume(): void {
    this.#stalled.clear();
    for (const go of this.#waiting.splice(0)) go();
  }

  isStalled(direction: Direction): boolean {
    return this.#stalled.has(direction);
  }

  /** Resolves at the next `resume`. */
  resumed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  slowOf(direction: Direction): SlowOptions | undefined {
    return this.slow && covers(this.slow.direction, direction) ? this.slow : undefined;
  }

  splitOf(direction: Direction): SplitOptions | undefined {
    return this.split && covers(this.split.direction, direction) ? this.split : undefined;
  }

  /** Counts bytes that are about to pass; returns how many of them may, and how to cut after these, if at all. */
  pass(direction: Direction, bytes: number): { readonly bytes: number; readonly cut: PendingCut | undefined } {
    const cut = this.pendingCut;
    if (cut?.direction !== direction) return { bytes, cut: undefined };
    if (bytes < cut.bytes) {
      cut.bytes -= bytes;
      return { bytes, cut: undefined };
    }
    this.pendingCut = undefined;
    return { bytes: cut.bytes, cut };
  }
}

function covers(chosen: Directions | undefined, direction: Direction): boolean {
  return chosen === undefined || chosen === "both" || chosen === direction;
}

function directionsOf(directions: Directions): readonly Direction[] {
  return directions === "both" ? ["toBroker", "toClient"] : [directions];
}
