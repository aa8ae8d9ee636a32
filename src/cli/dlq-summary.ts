/** A summary of one dead-letter queue: how many messages, how old, and why. */
import type { DeadLetterEntry } from "../dead-letters/index.ts";
import { printable } from "../util/printable.ts";
import { age, columns, oneLine } from "./dlq-text.ts";

const kindsShown = 8;
const cellCharacters = 60;

interface Kind {
  readonly reason: string;
  readonly errorClass: string | undefined;
  readonly errorCode: string | undefined;
  readonly handler: string | undefined;
  /** The queue, where several share the dead-letter queue and no handler is known: the broker dead-lettered it. */
  readonly from: string | undefined;
  count: number;
  /** What the error of the newest said. */
  latestMessage: string | undefined;
  latestAt: Date | undefined;
}

export class QueueSummary {
  readonly queue: string;
  #messages = 0;
  #oldest: Date | undefined;
  #newest: Date | undefined;
  readonly #kinds = new Map<string, Kind>();

  constructor(queue: string) {
    this.queue = queue;
  }

  get messages(): number {
    return this.#messages;
  }

  add({
    reason = "unknown reason",
    errorClass,
    errorCode,
    errorMessage,
    handler,
    failedAt,
    queue,
  }: DeadLetterEntry): void {
    this.#messages++;
    const from = handler !== undefined || `${queue}.dlq` === this.queue ? undefined : queue;
    const key = JSON.stringify([reason, errorClass, errorCode, handler, from]);
    const first = { count: 0, latestMessage: errorMessage, latestAt: failedAt };
    const kind = this.#kinds.get(key) ?? { reason, errorClass, errorCode, handler, from, ...first };
    kind.count++;
    this.#kinds.set(key, kind);
    if (!failedAt) return;
    if (!kind.latestAt || failedAt >= kind.latestAt) {
      kind.latestAt = failedAt;
      kind.latestMessage = errorMessage;
    }
    if (!this.#oldest || failedAt < this.#oldest) this.#oldest = failedAt;
    if (!this.#newest || failedAt > this.#newest) this.#newest = failedAt;
  }

  /** For people. */
  lines(now: number): readonly string[] {
    const kinds = this.#sortedKinds();
    const oldest = this.#oldest
      ? `, oldest ${age(this.#oldest, now)}, newest ${age(this.#newest ?? this.#oldest, now)}`
      : "";
    const hidden = kinds.length - kindsShown;
    return [
      `${printable(this.queue)}  ${messages(this.#messages)}${oldest}`,
      ...columns(kinds.slice(0, kindsShown).map(cells)),
      ...(hidden > 0 ? [`          ... and ${hidden} more kinds`] : []),
    ];
  }

  /** For machines. */
  json(): object {
    return {
      queue: this.queue,
      exists: true,
      messages: this.#messages,
      oldest: this.#oldest,
      newest: this.#newest,
      kinds: this.#sortedKinds(),
    };
  }

  #sortedKinds(): readonly Kind[] {
    return [...this.#kinds.values()].sort((a, b) => b.count - a.count);
  }
}

/** "   3  handler-error  Error [ECONNREFUSED]  in onPaid  connect ECONNREFUSED 127.0.0.1:5432" */
function cells({
  reason,
  errorClass = "",
  errorCode,
  handler,
  from,
  count,
  latestMessage = "",
}: Kind): readonly string[] {
  const code = errorCode === undefined ? "" : ` [${errorCode}]`;
  const place = handler === undefined ? from && `from ${from}` : `in ${handler}`;
  const words = [reason, errorClass + code, place ?? "", latestMessage];
  return [`  ${String(count).padStart(6)}`, ...words.map((word) => oneLine(word, cellCharacters))];
}

/** For machines: a queue that is not there. */
export function absentQueueJson(queue: string): object {
  return { queue, exists: false, messages: 0, kinds: [] };
}

export function messages(count: number): string {
  return count === 0 ? "empty" : `${count} ${count === 1 ? "message" : "messages"}`;
}
