/** Counts what a replay, a move or a purge did with one dead-letter queue, and describes it. */
import type { DeadLetterEntry, EntryResult } from "../../dead-letters/index.ts";
import { printable } from "../../util/printable.ts";
import type { DlqActionName } from "../options/dlq-actions.ts";

export type ChangingAction = Exclude<DlqActionName, "list" | "show" | "export">;

const words: Readonly<Record<ChangingAction, { readonly done: string; readonly would: string }>> = {
  replay: { done: "replayed", would: "would be replayed" },
  move: { done: "moved", would: "would be moved" },
  purge: { done: "deleted", would: "would be deleted" },
  import: { done: "imported", would: "would be imported" },
};

export class DlqOutcome {
  readonly queue: string;
  readonly #action: ChangingAction;
  readonly #dryRun: boolean;
  /** Changed messages, counted by their target. */
  readonly #done = new Map<string, number>();
  /** Selected messages that stay in the queue, counted by the reason. */
  readonly #stayed = new Map<string, number>();
  /** The ids of the selected dead letters. */
  readonly ids: Set<string> = new Set();
  /** How many messages were examined; at the end, all messages in the queue. */
  seen = 0;
  /** Why it ended early, as a clause. */
  why: string | undefined;

  constructor(queue: string, action: ChangingAction, dryRun: boolean) {
    this.queue = queue;
    this.#action = action;
    this.#dryRun = dryRun;
  }

  get doneCount(): number {
    return sum(this.#done);
  }

  get stayedCount(): number {
    return sum(this.#stayed);
  }

  /** The queues to which messages went, or would go. */
  get targets(): readonly string[] {
    return [...this.#done.keys()];
  }

  add(entry: DeadLetterEntry, result: EntryResult, target: string | undefined): void {
    if (entry.id !== undefined) this.ids.add(entry.id);
    const stays = this.#whyStays(result, target);
    if (stays === undefined) count(this.#done, target ?? "", 1);
    else count(this.#stayed, stays, 1);
  }

  /** In a dry run: a message for this target would come back. */
  targetIsAbsent(target: string): void {
    const number = this.#done.get(target) ?? 0;
    this.#done.delete(target);
    count(this.#stayed, absent(target), number);
  }

  lines(): readonly string[] {
    const { done, would } = words[this.#action];
    const verb = this.#dryRun ? would : done;
    // Messages that were not selected, and those that stay although they were.
    const rest = this.seen - this.doneCount;
    const parts = [...this.#done].map(([target, number]) => `${number} ${verb}${target && ` to ${printable(target)}`}`);
    if (parts.length === 0) parts.push(`0 ${verb}`);
    if (rest > 0) parts.push(`${rest} left`);
    return [
      `${printable(this.queue)}  ${parts.join(", ")}`,
      ...[...this.#stayed].map(([reason, number]) => `  ${String(number).padStart(6)}  stayed: ${printable(reason)}`),
      ...(this.why === undefined ? [] : [`  ended early: ${printable(this.why)}`]),
    ];
  }

  json(): object {
    return {
      queue: this.queue,
      action: this.#action,
      dryRun: this.#dryRun,
      seen: this.seen,
      done: Object.fromEntries(this.#done),
      doneCount: this.doneCount,
      stayed: Object.fromEntries(this.#stayed),
      stayedCount: this.stayedCount,
      endedEarly: this.why,
    };
  }

  #whyStays(result: EntryResult, target: string | undefined): string | undefined {
    if (result === "no target")
      return "its headers do not say where it failed; `tomodachi dlq move --to <queue>` moves it to any queue";
    if (result === "returned") return absent(target ?? "");
    if (result === "refused") return "its copy was not confirmed; it may be in both queues";
    return result === "kept" && !this.#dryRun ? "it was not changed with --edit" : undefined;
  }
}

function absent(target: string): string {
  return `there is no queue "${target}"; \`tomodachi dlq move --to <queue>\` moves it to another queue`;
}

function count(counts: Map<string, number>, key: string, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, number) => total + number, 0);
}
