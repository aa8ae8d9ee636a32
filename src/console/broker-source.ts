/** The state of a broker, seen from outside: counts of queues, and messages that are published. No service runs in this process. */
import { ConsoleError } from "./broker/errors.ts";
import { PassingMessages } from "./broker/passing-messages.ts";
import { type PlannedServices, planView } from "./broker/planned-services.ts";
import type { QueueCounts } from "./broker/queue-counts.ts";
import type { ConsoleSource } from "./console-source.ts";
import { openRecorded } from "./open-recorded.ts";
import { MessageLog } from "./run/message-log.ts";
import { type PassingMessage, recordPassing } from "./run/passing-record.ts";
import type { RecordedMessage } from "./run/recorded-message.ts";
import type { LiveView, LogLine, MessagesView } from "./view/live-view.ts";
import type { MessageView } from "./view/message-view.ts";
import type { PlanView, SubscriptionView } from "./view/plan-view.ts";

export interface BrokerSourceSettings {
  readonly planned: PlannedServices;
  /** Names of queues that belong to no known service. */
  readonly queues: readonly string[];
  readonly queueCounts: QueueCounts;
  readonly mayChange: boolean;
  readonly version: string;
}

export class BrokerSource implements ConsoleSource {
  readonly plan: PlanView;
  readonly #settings: BrokerSourceSettings;
  readonly #log = new MessageLog();
  readonly #passing: PassingMessages;
  #leftOut = 0;

  constructor(settings: BrokerSourceSettings) {
    const { planned, queues, mayChange, version } = settings;
    const plan = planView(planned, { mode: "broker", mayChange, version });
    const services = queues.length > 0 ? [...plan.services, ""] : plan.services;
    this.#settings = settings;
    this.plan = { ...plan, services, subscriptions: [...plan.subscriptions, ...queues.map(nameOnly)] };
    this.#passing = new PassingMessages(planned.subscriptions, (message) => this.#seen(message));
  }

  start(): void {
    this.#settings.queueCounts.start();
    this.#passing.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#settings.queueCounts.stop(), this.#passing.stop()]);
    this.#log.clear();
  }

  tick(): LiveView {
    const { queues, trouble } = this.#settings.queueCounts;
    this.#leftOut = this.#log.tick();
    const problems = this.#passing.trouble === undefined ? [] : [this.#passing.trouble];
    const none = { countedSince: undefined, handlers: {}, published: [], retries: [], moreRetries: 0 };
    return { at: Date.now(), state: "watching", problems, queues, ...none, brokerTrouble: trouble };
  }

  messages(after: number): MessagesView {
    return { rows: this.#log.rowsAfter(after), leftOut: this.#leftOut };
  }

  logs(): readonly LogLine[] {
    return [];
  }

  recorded(number: number): RecordedMessage | undefined {
    return this.#log.find(number);
  }

  get kept(): readonly RecordedMessage[] {
    return this.#log.all;
  }

  async open(number: number): Promise<MessageView | undefined> {
    const message = this.recorded(number);
    return message && openRecorded(message, this.#log.all, this.#settings.planned);
  }

  pause(): never {
    throw new ConsoleError(
      409,
      "No service runs in this process. Pause the handlers in the console of the process that runs the service.",
    );
  }

  resume(): never {
    return this.pause();
  }

  #seen(message: PassingMessage): void {
    this.#log.add(false, (number) => recordPassing(message, number));
  }
}

/** The dead-letter queue of a named queue, by the naming rules of this package. */
export function deadLetterQueueOf(queue: string): string {
  return queue.endsWith(".dlq") ? queue : `${queue}.dlq`;
}

/** A queue of which only the name is known. */
function nameOnly(queue: string): SubscriptionView {
  const unknown = { keyTemplate: undefined, schema: undefined, schemaVendor: undefined };
  const lists = { patterns: [], retryDelaysMs: [], keyParameters: [] };
  const names = { id: queue, service: "", handler: "not known", exchange: "", exchangeType: "", queue, queueType: "" };
  return { ...names, ...lists, ...unknown, deadLetterQueue: deadLetterQueueOf(queue), isText: true };
}
