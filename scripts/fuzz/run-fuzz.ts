// A run of the fuzz: cases by seed against a broker in its own process, a well-behaved client beside them.
import { BrokerProcess } from "./broker-process.ts";
import { fuzzCase } from "./fuzz-case.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import { SteadyClient } from "./steady-client.ts";

export interface FuzzOptions {
  readonly seed: number;
  /** Cases, each on its own connection. */
  readonly count: number;
  /** The number of the first case: to run a failed one again, alone. @default 0 */
  readonly first?: number;
  /** Connections at a time. @default 16 */
  readonly parallel?: number;
  /** Cases that share a virtual host, which is thrown away after them. @default 1000 */
  readonly batch?: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  readonly cases: number;
  readonly seconds: number;
  /** How many ended in which way. */
  readonly ends: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  /** Of the well-behaved client. */
  readonly rounds: number;
  readonly slowestRoundMs: number;
  /** Bytes in use after each batch, once it was thrown away. */
  readonly memory: readonly number[];
  /** Empty when all went well. */
  readonly failures: readonly string[];
}

/** How much more may be in use at the end than after the first batches, when everything was warm. */
const growthLimit = 8 * 1024 * 1024;
const warmBatches = 3;
/** A broken broker fails every case: the first ones are sufficient. */
const enoughFailures = 20;

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const broker = await BrokerProcess.start();
  try {
    return await new FuzzRun(options, broker).run();
  } finally {
    await broker.stop();
  }
}

class FuzzRun {
  readonly #options: FuzzOptions;
  readonly #broker: BrokerProcess;
  readonly #ends = new Map<string, number>();
  readonly #failures: string[] = [];
  readonly #memory: number[] = [];
  /** The last cases before the broker was found to have ended. */
  readonly #latest: number[] = [];
  #done = 0;
  #slowestMs = 0;

  constructor(options: FuzzOptions, broker: BrokerProcess) {
    this.#options = options;
    this.#broker = broker;
  }

  async run(): Promise<FuzzReport> {
    const { count, first = 0, batch = 1000 } = this.#options;
    const start = performance.now();
    const steady = await SteadyClient.start(this.#broker.url);
    for (let at = first; at < first + count && !this.#isLost(steady); at += batch) {
      await this.#runBatch(at, Math.min(at + batch, first + count));
      await this.#renew(`after-${at}`, true);
    }
    await steady.stop();
    if (steady.failure !== undefined) this.#failures.push(steady.failure);
    for (const line of this.#broker.errors) this.#failures.push(`the broker logged an error: ${line}`);
    if (this.#broker.end !== undefined) {
      const cases = [...this.#latest].join(", ");
      this.#failures.unshift(
        `the broker's process is gone, after cases ${cases} of seed ${this.#options.seed}: ${this.#broker.end}`,
      );
    }
    this.#checkMemory();
    return {
      cases: this.#done,
      seconds: (performance.now() - start) / 1000,
      ends: this.#ends,
      slowestMs: this.#slowestMs,
      rounds: steady.rounds,
      slowestRoundMs: steady.slowestMs,
      memory: this.#memory,
      failures: this.#failures,
    };
  }

  get #lanes(): number {
    return this.#options.parallel ?? 16;
  }

  #isLost({ failure }: SteadyClient): boolean {
    return failure !== undefined || this.#failures.length >= enoughFailures || this.#broker.end !== undefined;
  }

  async #runBatch(from: number, to: number): Promise<void> {
    const virtualHost = `fuzz-${from}`;
    await this.#renew(virtualHost, false);
    let next = from;
    const lane = async () => {
      while (next < to && this.#failures.length < enoughFailures && this.#broker.end === undefined) {
        await this.#runOne(next++, virtualHost);
      }
    };
    await Promise.all(Array.from({ length: this.#lanes }, lane));
  }

  async #runOne(index: number, virtualHost: string): Promise<void> {
    const { seed, onProgress } = this.#options;
    const one = fuzzCase(seed, index, virtualHost);
    const { end, milliseconds, failure }: CaseResult = await runCase(this.#broker.host, this.#broker.port, one);
    if (failure === undefined) this.#latest.push(index);
    if (this.#latest.length > 2 * this.#lanes) this.#latest.shift();
    const name = `${one.kind}: ${end}`;
    this.#ends.set(name, (this.#ends.get(name) ?? 0) + 1);
    this.#slowestMs = Math.max(this.#slowestMs, milliseconds);
    if (failure !== undefined) {
      const hex = one.bytes.toString("hex").slice(-2000);
      this.#failures.push(`seed ${seed}, case ${index} (${one.kind}): ${failure}\n  the last it sent: ${hex}`);
    }
    this.#done++;
    onProgress?.(this.#done);
  }

  /** An empty virtual host; `measured` when everything of a batch has ended with it. */
  async #renew(virtualHost: string, measured: boolean): Promise<void> {
    if (this.#broker.end !== undefined) return;
    try {
      const { bytes, connections } = await this.#broker.renew(virtualHost);
      if (!measured) return;
      this.#memory.push(bytes);
      if (connections > 1) this.#failures.push(`${virtualHost}: ${connections - 1} connections were left open`);
    } catch (error) {
      this.#failures.push(error instanceof Error ? error.message : String(error));
    }
  }

  #checkMemory(): void {
    if (this.#memory.length <= 2 * warmBatches) return;
    const warm = Math.max(...this.#memory.slice(0, warmBatches));
    const last = Math.min(...this.#memory.slice(-warmBatches));
    if (last - warm > growthLimit) this.#failures.push(`memory grew from ${warm} to ${last} bytes`);
  }
}
