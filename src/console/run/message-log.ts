/**
 * The last messages. In a fast stream only some of them get a line, because no person could read them all, and neither the service nor the
 * page should work for that.
 */
import type { MessageRow, MessagesView } from "../view/live-view.ts";
import { keptBytes, type RecordedMessage } from "./recorded-message.ts";

/** The most messages that are kept, and the most bytes of their bodies. */
const mostKept = 500;
const mostBytes = 32 * keptBytes;
/** The most messages with a line between two ticks. Failed messages get the same number of further lines. */
const linesBetweenTicks = 40;

export class MessageLog {
  readonly #kept: RecordedMessage[] = [];
  #bytes = 0;
  #last = 0;
  #room = linesBetweenTicks;
  #roomForFailed = linesBetweenTicks;
  #leftOut = 0;

  /** Adds a message. `record` is called only if there is room for it. Returns the number of the message. */
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

  /** The number of the latest message. */
  get last(): number {
    return this.#last;
  }

  find(number: number): RecordedMessage | undefined {
    return this.#kept.find(({ row }) => row.number === number);
  }

  /** The messages with a higher number than this, the oldest first. */
  rowsAfter(number: number): readonly MessageRow[] {
    const from = this.#kept.findIndex(({ row }) => row.number > number);
    return from < 0 ? [] : this.#kept.slice(from).map(({ row }) => row);
  }

  /** Makes room for new lines. Returns how many messages had no line since the last tick. */
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
