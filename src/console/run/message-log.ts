/** The last messages. In a fast stream only some get a line, so that neither the service nor the page works for lines that no person can read. */
import type { MessageRow, MessagesView } from "../view/live-view.ts";
import { keptBytes, type RecordedMessage } from "./recorded-message.ts";

/** So many messages are kept, and so many bytes of bodies. */
const mostKept = 500;
const mostBytes = 32 * keptBytes;
/** Between two ticks so many get a line; of those that failed as many again. */
const linesBetweenTicks = 40;

export class MessageLog {
  readonly #kept: RecordedMessage[] = [];
  #bytes = 0;
  #last = 0;
  #room = linesBetweenTicks;
  #roomForFailed = linesBetweenTicks;
  #leftOut = 0;

  /** `record` is called only if there is room for it. Gives the message's number. */
  add(failed: boolean, record: (number: number) => RecordedMessage): number | undefined {
    if (!this.#takeRoom(failed)) {
      this.#leftOut++;
      return undefined;
    }
    const made = record(++this.#last);
    this.#kept.push(made);
    this.#bytes += made.content.length;
    while (this.#kept.length > mostKept || (this.#bytes > mostBytes && this.#kept.length > 1)) {
      this.#bytes -= this.#kept.shift()?.content.length ?? 0;
    }
    return made.row.number;
  }

  get all(): readonly RecordedMessage[] {
    return this.#kept;
  }

  /** The number of the latest. */
  get last(): number {
    return this.#last;
  }

  find(number: number): RecordedMessage | undefined {
    return this.#kept.find(({ row }) => row.number === number);
  }

  /** Those after this number, the oldest first. */
  rowsAfter(number: number): readonly MessageRow[] {
    const from = this.#kept.findIndex(({ row }) => row.number > number);
    return from < 0 ? [] : this.#kept.slice(from).map(({ row }) => row);
  }

  /** There is room again. Gives how many had no line since the last tick. */
  tick(): MessagesView["leftOut"] {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#room = linesBetweenTicks;
    this.#roomForFailed = linesBetweenTicks;
    return leftOut;
  }

  clear(): void {
    this.#kept.length = 0;
    this.#bytes = 0;
  }

  #takeRoom(failed: boolean): boolean {
    if (failed && this.#roomForFailed > 0) return this.#roomForFailed-- > 0;
    if (this.#room === 0) return false;
    this.#room--;
    return true;
  }
}
