// Instances of the counting service as processes of the built command line, and the messages they are sent.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { amqpPublish, JsonBase, Service } from "../../../src/index.ts";
import { type Ended, type Started, TemporaryProject } from "../../cli/temporary-project.ts";
import { amqpUrl, until } from "../../support/broker.ts";
import { createScope, type RunningServices, start, type TestScope } from "../../support/running.ts";
import type { Ledger } from "../ledger.ts";
import { RunLog } from "./run-log.ts";
import { faultSeed } from "./scale.ts";

const serviceFile = fileURLToPath(new URL("counting-service.mjs", import.meta.url));

/** What the counting service is sent. */
export interface Job {
  readonly id: string;
  /** How long its run takes. */
  readonly ms: number;
  /** The run ends its own process, as if by `kill -9`. */
  readonly kills?: boolean;
  readonly fails?: boolean;
  /** Its first run in a process puts it back. */
  readonly requeues?: boolean;
  /** With the shifted clock loaded: milliseconds by which the process's clock jumps, forward or back. */
  readonly shiftsClock?: number;
}

export interface FleetSettings {
  readonly ledger: Ledger;
  /** @default 100 */
  readonly prefetch?: number;
  /** Where the broker is. @default the run's */
  readonly url?: string;
  /** Variables for the processes, besides those that the service itself needs. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class Fleet implements AsyncDisposable {
  readonly scope: TestScope = createScope();
  readonly queue: string = `${this.scope.prefix}work`;
  /** What the instances call themselves, to the broker too. */
  readonly serviceName: string = `counting-${this.scope.prefix}`;
  readonly log: RunLog;
  readonly #settings: FleetSettings;
  readonly #project = new TemporaryProject();
  readonly #instances = new Set<Started>();
  #sender: RunningServices | undefined;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
    this.log = new RunLog(join(this.#project.folder, "runs"), settings.ledger);
  }

  /** Starts one more instance, and resolves when it consumes. */
  async start(): Promise<Started> {
    const started = this.startSoon();
    await started.seen("Ready.");
    return started;
  }

  /** Starts one more instance, which may be ended by a message in the queue before it says that it consumes. */
  startSoon(): Started {
    const { prefetch = 100, url = amqpUrl ?? "", environment } = this.#settings;
    const started = this.#project.start(["run", serviceFile, "--log-level", "warn"], {
      environment: {
        TOMODACHI_AMQP_URL: url,
        FAULT_PREFIX: this.scope.prefix,
        FAULT_RUN_LOG: this.log.file,
        FAULT_PREFETCH: String(prefetch),
        ...environment,
      },
    });
    this.#instances.add(started);
    void started.ended.then(() => this.#instances.delete(started));
    return started;
  }

  /** Publishes through a service of this process; resolves when the broker has it in the queue. */
  async send(job: Job): Promise<void> {
    const [sender] = this.#sender?.services ?? [];
    if (!sender) throw new Error("Fleet.send: open() comes first.");
    await amqpPublish(sender, job, { routingKey: "work", mandatory: true });
  }

  /** Sends a job that takes 0 to 20 ms, by its number and the seed. */
  sendOrdinary(id: string): Promise<void> {
    return this.send({ id, ms: (Number(id.slice(1)) * 7919 + faultSeed * 104_729) % 21 });
  }

  /** Starts the service that sends. */
  async open(): Promise<this> {
    const { url } = this.#settings;
    const options = this.scope.options(url === undefined ? {} : { url });
    class Sender extends Service {
      name = "sender";
      override messageEnvelope = JsonBase;
      override options = options;
      override startService() {}
    }
    this.#sender = await start(Sender);
    return this;
  }

  /** Resolves when this many more messages were handled. */
  async handledMore(count: number): Promise<void> {
    const goal = this.log.read().handled + count;
    await until(() => this.log.read().handled >= goal, { timeoutMs: 60_000, what: `${count} more messages` });
  }

  /** Ends what runs, with SIGTERM; gives how each ended. */
  stop(): Promise<readonly Ended[]> {
    const running = [...this.#instances];
    for (const { child } of running) child.kill("SIGTERM");
    return Promise.all(running.map(({ ended }) => ended));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#instances];
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ ended }) => ended));
    await this.#sender?.stop();
    this.log.close();
    this.#project.remove();
  }
}
