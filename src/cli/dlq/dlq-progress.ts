/** How far a pass through a queue is: a line that is drawn again on a terminal, else a line now and then. */
import { duration } from "./dlq-text.ts";

const redrawMs = 100;
const lineMs = 5000;
/** Before this the rate is not known well. */
const leastElapsedMs = 2000;

/** What progress is written to: standard error, so that the output stays what was asked for. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export class Progress {
  readonly #stream: ProgressStream;
  readonly #isTerminal: boolean;
  #last = performance.now();
  #drawn = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
    this.#isTerminal = stream.isTTY === true;
  }

  /** Cheap to call for each message; the text is made only when it is shown. */
  show(text: () => string): void {
    const now = performance.now();
    if (now - this.#last < (this.#isTerminal ? redrawMs : lineMs)) return;
    this.#last = now;
    this.#drawn = this.#isTerminal;
    this.#stream.write(this.#isTerminal ? `\r\u001b[K${text()}` : `${text()}\n`);
  }

  /** A line that stays. */
  say(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the line away, before anything else is written. */
  clear(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[K");
    this.#drawn = false;
  }
}

/** How long work still takes, by how long it has taken. */
export class RemainingTime {
  readonly #begunAt = performance.now();

  /** ", about 2 minutes left"; nothing while it is too early to say, or too little to matter. */
  after(done: number, all: number, now: number = performance.now()): string {
    const elapsedMs = now - this.#begunAt;
    if (elapsedMs < leastElapsedMs || done === 0) return "";
    const words = duration((elapsedMs / done) * (all - done));
    return words === undefined ? "" : `, about ${words} left`;
  }
}
