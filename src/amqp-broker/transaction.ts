/** tx.select: publishes and settlements of a channel that wait for tx.commit. */
import { replyCode } from "../amqp-wire/constants.ts";
import { channelError } from "./errors.ts";

interface Action {
  run(): void;
  /** At a rollback. */
  undo?: (() => void) | undefined;
}

export class Transaction {
  #selected = false;
  #actions: Action[] = [];

  get selected(): boolean {
    return this.#selected;
  }

  select(): void {
    this.#selected = true;
  }

  /** Now, or at the commit. */
  run(run: () => void, undo?: () => void): void {
    if (this.#selected) this.#actions.push({ run, undo });
    else run();
  }

  /** In order. @throws a channel error when there is no transaction */
  commit(): void {
    this.#require();
    for (const action of this.#take()) action.run();
  }

  rollback(): void {
    this.#require();
    for (const action of this.#take()) action.undo?.();
  }

  /** The channel ends: what was not committed is undone. */
  end(): void {
    for (const action of this.#take()) action.undo?.();
  }

  #take(): readonly Action[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #require(): void {
    if (!this.#selected) throw channelError(replyCode.preconditionFailed, "channel is not transactional");
  }
}
