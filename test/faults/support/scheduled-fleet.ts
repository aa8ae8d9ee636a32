// Instances of a service with a schedule that runs once for all of them, as processes, and what they ran.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Started, TemporaryProject } from "../../cli/temporary-project.ts";
import { until } from "../../support/broker.ts";
import { createScope, type TestScope } from "../../support/running.ts";

const serviceFile = fileURLToPath(new URL("scheduled-service.mjs", import.meta.url));

/** One line that an instance wrote. */
export interface Run {
  readonly word: "began" | "ended";
  /** When it was due, in milliseconds since 1970. */
  readonly dueAt: number;
  readonly pid: number;
}

export class ScheduledFleet implements AsyncDisposable {
  readonly scope: TestScope = createScope();
  readonly queue: string = `${this.scope.prefix}scheduled.tick.schedule`;
  readonly everyMs: number;
  readonly #project = new TemporaryProject();
  readonly #file = join(this.#project.folder, "runs");
  readonly #environment: Readonly<Record<string, string>>;
  readonly #instances = new Set<Started>();

  constructor({ everyMs = 500, missed = "last" }: { readonly everyMs?: number; readonly missed?: string } = {}) {
    this.everyMs = everyMs;
    this.#environment = { FAULT_EVERY: `${everyMs}ms`, FAULT_MISSED: missed };
    writeFileSync(this.#file, "");
  }

  /** Starts one more instance, and resolves when it is ready. */
  async start(url: string): Promise<Started> {
    const started = this.#project.start(["run", serviceFile, "--log-level", "info"], {
      environment: {
        TOMODACHI_AMQP_URL: url,
        FAULT_PREFIX: this.scope.prefix,
        FAULT_RUN_LOG: this.#file,
        ...this.#environment,
      },
    });
    this.#instances.add(started);
    void started.ended.then(() => this.#instances.delete(started));
    await started.seen("Ready.");
    return started;
  }

  get runs(): readonly Run[] {
    const lines = readFileSync(this.#file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const [word = "", dueAt = "", pid = ""] = line.split(" ");
      return { word: word as Run["word"], dueAt: Date.parse(dueAt), pid: Number(pid) };
    });
  }

  /** Due times of which a run ended, each once, in order. */
  get handled(): readonly number[] {
    const ended = this.runs.filter(({ word }) => word === "ended").map(({ dueAt }) => dueAt);
    return [...new Set(ended)].sort((one, other) => one - other);
  }

  /** Due times that had more than one run, with the number of runs. */
  get repeated(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { word, dueAt } of this.runs) if (word === "began") counts.set(dueAt, (counts.get(dueAt) ?? 0) + 1);
    return new Map([...counts].filter(([, count]) => count > 1));
  }

  /** Waits until this many more due times were handled. */
  async handledMore(more: number, timeoutMs = 60_000): Promise<void> {
    const before = this.handled.length;
    await until(() => this.handled.length >= before + more, { what: `${more} more runs`, timeoutMs });
  }

  /** The instance that publishes, by its own log: of those that said so, the one that has not said the contrary since. */
  async holder(instances: readonly Started[], timeoutMs = 60_000): Promise<Started> {
    return until(() => instances.find((one) => holds(one.written())), {
      what: "an instance to hold the lease",
      timeoutMs,
    });
  }

  async stop(): Promise<readonly (number | null)[]> {
    const all = [...this.#instances];
    for (const { child } of all) child.kill("SIGTERM");
    return Promise.all(all.map(async ({ ended }) => (await ended).code));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of [...this.#instances]) {
      // A frozen process receives no other signal.
      child.kill("SIGKILL");
      await ended;
    }
    this.#project.remove();
  }
}

/** Whether the log of an instance says that it publishes now. */
export function holds(log: string): boolean {
  const begins = log.lastIndexOf("this instance publishes the occurrences of the schedule now");
  const ends = log.lastIndexOf("this instance does not publish the occurrences of the schedule any more");
  return begins >= 0 && begins > ends;
}

/** The widest gap between two due times that follow each other, in milliseconds. */
export function widestGap(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((time, at) => time - (times[at] ?? time)));
}
