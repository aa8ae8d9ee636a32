/** What a command shows while it works: on a terminal a line that is redrawn, otherwise a line from time to time. */
import { printable } from "../../util/printable.ts";

const redrawMs = 100;
const lineMs = 5000;
/** A wait that is shorter than this, in milliseconds, needs no line. */
const quietMs = 1000;

/** The stream for progress: standard error, so that standard output contains only the result. */
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

  /** Cheap to call for each message: the text is created only when it is shown. */
  show(text: () => string): void {
    const now = performance.now();
    if (now - this.#last < (this.#isTerminal ? redrawMs : lineMs)) return;
    this.#last = now;
    this.#drawn = this.#isTerminal;
    this.#stream.write(this.#isTerminal ? `\r\u001b[K${text()}` : `${text()}\n`);
  }

  /** On a terminal, says what is awaited if the wait is long. The line is removed before anything else is written. */
  async during<T>(text: string, work: Promise<T>): Promise<T> {
    if (!this.#isTerminal) return work;
    const timer = setTimeout(() => {
      this.#drawn = true;
      this.#stream.write(`\r\u001b[K${printable(text)}`);
    }, quietMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.clear();
    }
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Removes the line. Call it before anything else is written. */
  clear(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[K");
    this.#drawn = false;
  }
}
