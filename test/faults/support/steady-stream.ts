// Publishes one message after another until it is stopped, at most a given number ahead of the handlers.
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../ledger.ts";

export interface StreamSettings {
  readonly ledger: Ledger;
  /** Messages handled so far. */
  handled(): number;
  /** How many messages may be published and not handled. @default 200 */
  readonly ahead?: number;
  /** Publishes that are awaited at once. @default 8 */
  readonly lanes?: number;
  /** Sends one message; resolves when it is confirmed. */
  send(id: string): Promise<unknown>;
}

/** Ends with its test: what it publishes to and reads from is disposed after it. */
export class SteadyStream implements AsyncDisposable {
  readonly #settings: StreamSettings;
  readonly #lanes: readonly Promise<void>[];
  #next = 0;
  #rejected = 0;
  #stopped = false;

  constructor(settings: StreamSettings) {
    this.#settings = settings;
    this.#lanes = Array.from({ length: settings.lanes ?? 8 }, () => this.#run());
  }

  /** Messages published so far. */
  get sent(): number {
    return this.#next;
  }

  /** Publishes nothing more; resolves when every publish has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { ledger, ahead = 200, handled } = this.#settings;
    while (!this.#stopped) {
      if (this.#next - this.#rejected - handled() >= ahead) {
        await sleep(5);
        continue;
      }
      const id = `m${this.#next++}`;
      const rejected = this.#rejected;
      await ledger.publish(id, () => this.#send(id));
      // Like a sender whose publish was refused: it does not try again at once.
      if (this.#rejected > rejected) await sleep(100);
    }
  }

  async #send(id: string): Promise<void> {
    try {
      await this.#settings.send(id);
    } catch (error) {
      this.#rejected++;
      throw error;
    }
  }
}
