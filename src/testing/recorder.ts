/** Writes down what the services of a test do, and lets the test wait for it. */
import { clearTimeout, setTimeout } from "node:timers";
import type {
  ObservedCall,
  ObservedDeclaration,
  ObservedPublish,
  ObservedSettlement,
  ObservedSubscription,
  RunObserver,
} from "../service/observer.ts";
import type { Outcome } from "../service/outcome.ts";
import type { AmqpContext } from "../transports/amqp/index.ts";
import { Journal } from "./journal.ts";

/** One run of a handler that has ended. */
export interface HandledMessage<Data = unknown, Context = AmqpContext> {
  /** The name of the service. */
  readonly service: string;
  readonly handler: string;
  /** What the handler got: after its envelope and its middleware. */
  readonly data: Data;
  readonly context: Context;
  /** The outcome of the message: done, requeued, to be retried later, or dead-lettered. */
  readonly outcome: Outcome["kind"];
  /** What the run threw, if the message was dead-lettered or is tried again. */
  readonly error: unknown;
}

/** A message that a service under test sent, and the broker confirmed. */
export interface PublishedMessage {
  /** The name of the service. */
  readonly service: string;
  /** As given to the publish: without prefix. */
  readonly routingKey: string;
  readonly exchangeName: string;
  /** What was given to the publish. */
  readonly data: unknown;
  /** What went out: the data in its envelope. */
  readonly body: Buffer;
  /** Message id, content type, correlation id, headers and so on. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** false: nothing was bound for its key, and it was dropped. */
  readonly reachedQueue: boolean;
}

/** A message that reached no handler, although its queue was consumed: unreadable, or stopped by middleware. */
export interface UnhandledMessage {
  readonly service: string;
  readonly handler: string;
  readonly outcome: Outcome;
}

export class Recorder implements RunObserver {
  readonly runs: Journal<HandledMessage> = new Journal();
  readonly publications: Journal<PublishedMessage> = new Journal();
  readonly subscriptions: ObservedSubscription[] = [];
  /** What services made for retries. */
  readonly declarations: ObservedDeclaration[] = [];
  readonly unhandled: UnhandledMessage[] = [];
  /** What the test itself published, and had confirmed. */
  readonly fromTest: PublishedMessage[] = [];
  readonly #testPublishes = new WeakSet<object>();
  readonly #running = new Map<unknown, ObservedCall>();
  #changes = 0;
  readonly #waiting = new Set<() => void>();

  /** Calls that have not ended. */
  get running(): readonly ObservedCall[] {
    return [...this.#running.values()];
  }

  /** Grows with everything that is written down. */
  get changes(): number {
    return this.#changes;
  }

  /** How many wait for the next change. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves at the next change, or after this many milliseconds. */
  changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#waiting.add(end);
    });
  }

  /** Marks the publish with exactly these options as the test's own, not the service's. */
  ownPublish(options: object): void {
    this.#testPublishes.add(options);
  }

  /** Nothing happens any more. */
  end(reason: Error): void {
    this.runs.end(reason);
    this.publications.end(reason);
    this.#change();
  }

  // Events of the run.

  subscribed(subscription: ObservedSubscription): void {
    this.subscriptions.push(subscription);
  }

  declared(made: ObservedDeclaration): void {
    this.declarations.push(made);
  }

  called(call: ObservedCall): void {
    this.#running.set(call.context, call);
    this.#change();
  }

  settled({ service, handler, context, outcome }: ObservedSettlement): void {
    const call = this.#running.get(context);
    this.#running.delete(context);
    if (call) {
      const error = "error" in outcome ? outcome.error : undefined;
      const given = { data: call.data, context: call.context as AmqpContext };
      this.runs.add({ service: service.name, handler, ...given, outcome: outcome.kind, error });
    } else this.unhandled.push({ service: service.name, handler, outcome });
    this.#change();
  }

  published({ service, options, returned, ...publish }: ObservedPublish): void {
    const { routingKey, exchangeName, data, body, properties } = publish;
    const reachedQueue = !returned;
    const message = { service: service.name, routingKey, exchangeName, data, body, properties, reachedQueue };
    if (this.#testPublishes.has(options)) this.fromTest.push(message);
    else this.publications.add(message);
    this.#change();
  }

  #change(): void {
    this.#changes++;
    for (const tell of [...this.#waiting]) tell();
  }
}
