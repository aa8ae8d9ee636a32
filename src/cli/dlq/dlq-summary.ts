/** A summary of dead-letter queues: how many messages, how old, and the causes. */
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { printable } from "../../util/printable.ts";
import type { Palette } from "../common/colours.ts";
import { age, columns, counted, oneLine } from "./dlq-text.ts";

const kindsShown = 8;
const cellCharacters = 60;

interface Kind {
  readonly reason: string;
  readonly errorClass: string | undefined;
  readonly errorCode: string | undefined;
  readonly handler: string | undefined;
  /**
   * The queue in which the message failed, if several share the dead-letter queue and no handler is known, because the broker dead-lettered
   * it.
   */
  readonly from: string | undefined;
  count: number;
  /** The error message of the newest dead letter. */
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

  /** The lines for people. */
  lines(now: number, palette: Palette): readonly string[] {
    const oldest = this.#oldest
      ? `, oldest ${age(this.#oldest, now)}, newest ${age(this.#newest ?? this.#oldest, now)}`
      : "";
    const head = `${palette.bold(printable(this.queue))}  ${messages(this.#messages)}${oldest}`;
    return [head, ...tableOf(this.#sortedKinds(), cells, palette)];
  }

  /** The object for programs. */
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

  get kinds(): readonly Kind[] {
    return [...this.#kinds.values()];
  }

  #sortedKinds(): readonly Kind[] {
    return [...this.kinds].sort((a, b) => b.count - a.count);
  }
}

/** The causes over all queues, the most frequent first. Empty if only one queue has messages, because its own lines say the same. */
export function causeLines(summaries: readonly QueueSummary[], now: number, palette: Palette): readonly string[] {
  const filled = summaries.filter(({ messages: count }) => count > 0);
  if (filled.length < 2) return [];
  const causes = new Map<string, Cause>();
  for (const { queue, kinds } of filled) for (const kind of kinds) addTo(causes, kind, queue);
  const total = filled.reduce((sum, { messages: count }) => sum + count, 0);
  const sorted = [...causes.values()].sort((a, b) => b.count - a.count);
  return [
    palette.bold(`${counted(total, "dead letter")} in ${counted(filled.length, "queue")}, by cause`),
    ...tableOf(sorted, (cause) => causeCells(cause, now), palette),
    "",
  ];
}

/** Dead letters with the same reason and error, in any queue. */
interface Cause extends Pick<Kind, "reason" | "errorClass" | "errorCode" | "count" | "latestAt"> {
  readonly queues: Set<string>;
}

function addTo(causes: Map<string, Cause>, kind: Kind, queue: string): void {
  const { reason, errorClass, errorCode, count, latestAt } = kind;
  const key = JSON.stringify([reason, errorClass, errorCode]);
  const cause = causes.get(key) ?? { reason, errorClass, errorCode, count: 0, latestAt: undefined, queues: new Set() };
  causes.set(key, cause);
  cause.count += count;
  cause.queues.add(queue);
  if (latestAt && (!cause.latestAt || latestAt > cause.latestAt)) cause.latestAt = latestAt;
}

function causeCells({ count, reason, errorClass, errorCode, queues, latestAt }: Cause, now: number): readonly string[] {
  const newest = latestAt ? `newest ${age(latestAt, now)}` : "";
  const words = [reason, errorName(errorClass, errorCode), `in ${counted(queues.size, "queue")}`, newest];
  return [countCell(count), ...words.map((word) => oneLine(word, cellCharacters))];
}

/** One row for each; rare causes are left out. */
function tableOf<T>(rows: readonly T[], cellsOf: (row: T) => readonly string[], palette: Palette): readonly string[] {
  const hidden = rows.length - kindsShown;
  return [
    ...columns(rows.slice(0, kindsShown).map(cellsOf), [
      palette.yellow,
      palette.red,
      undefined,
      undefined,
      palette.dim,
    ]),
    ...(hidden > 0 ? [`          ... and ${hidden} more kinds`] : []),
  ];
}

function countCell(count: number): string {
  return `  ${String(count).padStart(6)}`;
}

function errorName(errorClass = "", errorCode: string | undefined): string {
  return errorClass + (errorCode === undefined ? "" : ` [${errorCode}]`);
}

/** For example "   3  handler-error  Error [ECONNREFUSED]  in onPaid  connect ECONNREFUSED 127.0.0.1:5432". */
function cells({ reason, errorClass, errorCode, handler, from, count, latestMessage = "" }: Kind): readonly string[] {
  const place = handler === undefined ? from && `from ${from}` : `in ${handler}`;
  const words = [reason, errorName(errorClass, errorCode), place ?? "", latestMessage];
  return [countCell(count), ...words.map((word) => oneLine(word, cellCharacters))];
}

/** The object for programs about a queue that does not exist. */
export function absentQueueJson(queue: string): object {
  return { queue, exists: false, messages: 0, kinds: [] };
}

export function messages(count: number): string {
  return count === 0 ? "empty" : counted(count, "message");
}
