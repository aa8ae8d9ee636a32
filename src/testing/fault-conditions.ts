/** What a fault proxy does now to the bytes that pass through it. All its connections share these conditions. */
import type { Duration } from "../util/duration.ts";

/** A direction of the bytes: from the client to the broker, or from the broker to the client. */
export type Direction = "toBroker" | "toClient";
/** One direction, or both. */
export type Directions = Direction | "both";

/** The options of `slow()`. */
export interface SlowOptions {
  /** The most bytes per second, for each connection and direction. @default no limit */
  readonly bytesPerSecond?: number | undefined;
  /** How long each chunk is delayed. @default 0 */
  readonly delay?: Duration | undefined;
  /** Which bytes are slowed down. @default "both" */
  readonly direction?: Directions | undefined;
}

/** The options of `split()`. */
export interface SplitOptions {
  /** The largest chunk, in bytes. Each chunk has a size from 1 to this; the seed decides which. */
  readonly maxChunk: number;
  /** Which bytes are split. @default "both" */
  readonly direction?: Directions | undefined;
}

/** A planned cut. It happens after this many more bytes. */
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

  /** Counts bytes that are about to pass. Returns how many of them may pass, and whether and how to cut after them. */
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
