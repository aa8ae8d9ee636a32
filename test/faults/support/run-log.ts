// What the handlers of other processes did, read from the file to which they append.
import { closeSync, openSync, readSync } from "node:fs";
import type { Ledger } from "../ledger.ts";

export class RunLog {
  readonly file: string;
  readonly #ledger: Ledger;
  readonly #descriptor: number;
  readonly #began = new Map<string, number>();
  readonly #ended = new Set<string>();
  #rest = "";
  #runs = 0;
  #repeated = 0;

  /** Creates the file. Ended runs are reported to the ledger. */
  constructor(file: string, ledger: Ledger) {
    this.file = file;
    this.#ledger = ledger;
    this.#descriptor = openSync(file, "a+");
  }

  /** Reads what was appended since the last time. */
  read(): this {
    const chunk = Buffer.alloc(64 * 1024);
    for (let size = readSync(this.#descriptor, chunk); size > 0; size = readSync(this.#descriptor, chunk)) {
      const lines = (this.#rest + chunk.toString("latin1", 0, size)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
    return this;
  }

  /** Messages of which at least one run ended well. */
  get handled(): number {
    return this.#ended.size;
  }

  /** Runs that started, of any message. */
  get runs(): number {
    return this.#runs;
  }

  /** Runs that began when one of the same message had ended well already. */
  get repeated(): number {
    return this.#repeated;
  }

  timesBegun(id: string): number {
    return this.#began.get(id) ?? 0;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #take(line: string): void {
    const [word, id = ""] = line.split(" ");
    if (word === "began") {
      this.#runs++;
      this.#began.set(id, this.timesBegun(id) + 1);
      if (this.#ended.has(id)) this.#repeated++;
    } else {
      this.#ended.add(id);
      this.#ledger.handled(id);
    }
  }
}
