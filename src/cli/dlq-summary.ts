/** What stands in one dead-letter queue, in short: how many, how old, and why. */
import type { Letter } from "../transports/amqp/desk/index.ts";
import { age, printable } from "./dlq-text.ts";

const kindsShown = 8;

interface Kind {
  readonly reason: string;
  readonly errorClass: string | undefined;
  readonly handler: string | undefined;
  count: number;
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

  add({ reason = "unknown reason", errorClass, handler, failedAt }: Letter): void {
    this.#messages++;
    const key = JSON.stringify([reason, errorClass, handler]);
    const kind = this.#kinds.get(key) ?? { reason, errorClass, handler, count: 0 };
    kind.count++;
    this.#kinds.set(key, kind);
    if (!failedAt) return;
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
      ...kinds.slice(0, kindsShown).map(({ reason, errorClass, handler, count }) => {
        const what = [reason, errorClass, handler && `in ${handler}`].filter((word) => word !== undefined);
        return `  ${String(count).padStart(6)}  ${printable(what.join("  "))}`;
      }),
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

export function messages(count: number): string {
  return count === 0 ? "empty" : `${count} ${count === 1 ? "message" : "messages"}`;
}
