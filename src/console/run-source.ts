/** The state of a run, from inside the process: its observers count while a page is open. */
import type { ServiceHealth } from "../service/health.ts";
import type { ServiceRun } from "../service/service-run.ts";
import { type PlannedServices, planView } from "./broker/planned-services.ts";
import type { QueueCounts } from "./broker/queue-counts.ts";
import type { ConsoleSource } from "./console-source.ts";
import { openRecorded } from "./open-recorded.ts";
import type { LogLines } from "./run/log-lines.ts";
import type { RecordedMessage } from "./run/recorded-message.ts";
import type { RunWatch } from "./run/run-watch.ts";
import type { HandlerLive, LiveView, LogLine, MessagesView } from "./view/live-view.ts";
import type { MessageView } from "./view/message-view.ts";
import type { PlanView } from "./view/plan-view.ts";

export interface RunSourceSettings {
  readonly run: Pick<ServiceRun, "state" | "health" | "pauses">;
  readonly planned: PlannedServices;
  readonly watch: RunWatch;
  readonly queueCounts: QueueCounts;
  readonly logLines: LogLines;
  readonly version: string;
}

const by = "the console";

export class RunSource implements ConsoleSource {
  readonly plan: PlanView;
  readonly #settings: RunSourceSettings;

  constructor(settings: RunSourceSettings) {
    this.#settings = settings;
    this.plan = planView(settings.planned, { mode: "run", mayChange: true, version: settings.version });
  }

  start(): void {
    this.#settings.watch.start();
    this.#settings.queueCounts.start();
  }

  stop(): Promise<void> {
    this.#settings.watch.sleep();
    return this.#settings.queueCounts.stop();
  }

  tick(seconds: number): LiveView {
    const { run, queueCounts, watch, planned } = this.#settings;
    watch.tick(seconds);
    const health = run.health();
    const at = Date.now();
    return {
      at,
      state: run.state,
      countedSince: watch.since,
      problems: health.flatMap(({ service, reasons }) => reasons.map((reason) => `${service}: ${reason}`)),
      handlers: Object.fromEntries(planned.subscriptions.map((one) => this.#handler(one.view, health))),
      queues: queueCounts.queues,
      published: watch.published,
      ...watch.retries.view(at),
      brokerTrouble: queueCounts.trouble,
    };
  }

  messages(after: number): MessagesView {
    const { log, leftOut } = this.#settings.watch;
    return { rows: log.rowsAfter(after), leftOut };
  }

  logs(after: number): readonly LogLine[] {
    return this.#settings.logLines.after(after);
  }

  get kept(): readonly RecordedMessage[] {
    return this.#settings.watch.log.all;
  }

  recorded(number: number): RecordedMessage | undefined {
    return this.#settings.watch.log.find(number);
  }

  async open(number: number): Promise<MessageView | undefined> {
    const message = this.recorded(number);
    return message && openRecorded(message, this.#settings.watch.log.all, this.#settings.planned);
  }

  pause(handler: string): void {
    void this.#settings.run.pauses.pause(handler, by);
  }

  resume(handler: string): void {
    this.#settings.run.pauses.resume(handler, by);
  }

  #handler(
    { id, service, handler, queue }: PlanView["subscriptions"][number],
    health: readonly ServiceHealth[],
  ): readonly [string, HandlerLive] {
    const counts = this.#settings.watch.countsOf(service, queue);
    const consumer = health
      .filter((one) => one.service === service)
      .flatMap(({ transports }) => transports.flatMap(({ consumers }) => consumers))
      .find((one) => one.handler === handler && one.queue === queue);
    const live: HandlerLive = {
      perSecond: counts?.perSecond ?? 0,
      done: counts?.byOutcome.acknowledge ?? 0,
      retried: counts?.byOutcome.retry ?? 0,
      deadLettered: counts?.byOutcome["dead-letter"] ?? 0,
      requeued: counts?.byOutcome.requeue ?? 0,
      inFlight: consumer?.unacknowledged ?? 0,
      medianMs: counts?.medianMs,
      paused: consumer?.paused?.reason,
      healthy: consumer?.healthy ?? false,
    };
    return [id, live];
  }
}
