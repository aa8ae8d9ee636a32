/** Records what the services of a test do, and lets the test wait for it. */
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
  /** The name of the handler. */
  readonly handler: string;
  /** What the handler received, after the envelope and the middleware. */
  readonly data: Data;
  /** The second argument of the handler. */
  readonly context: Context;
  /** What happened to the message: "acknowledge", "requeue", "retry" (it is handled again after a delay) or "dead-letter". */
  readonly outcome: Outcome["kind"];
  /** What the run threw, if its message was dead-lettered or is handled again after a delay. */
  readonly error: unknown;
}

/** A message that a service of the test published and the broker confirmed. */
export interface PublishedMessage {
  /** The name of the service. */
  readonly service: string;
  /** The key that was passed to the publish, without prefix. */
  readonly routingKey: string;
  /** The exchange that it was published to. */
  readonly exchangeName: string;
  /** What was passed to the publish. */
  readonly data: unknown;
  /** The body on the wire: the data in its envelope. */
  readonly body: Buffer;
  /** Message id, content type, correlation id, headers and so on. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Whether it reached a queue. If nothing was bound for its key, the broker dropped it. */
  readonly reachedQueue: boolean;
}

/** A message that reached no handler although its queue has a consumer: it was unreadable, or middleware stopped it. */
export interface UnhandledMessage {
  readonly service: string;
  readonly handler: string;
  readonly outcome: Outcome;
}

export class Recorder implements RunObserver {
  readonly runs: Journal<HandledMessage> = new Journal();
  readonly publications: Journal<PublishedMessage> = new Journal();
  readonly subscriptions: ObservedSubscription[] = [];
  /** What services declared for retries. */
  readonly declarations: ObservedDeclaration[] = [];
  readonly unhandled: UnhandledMessage[] = [];
  /** What the test itself published, with a confirm. */
  readonly fromTest: PublishedMessage[] = [];
  readonly #testPublishes = new WeakSet<object>();
  readonly #running = new Map<unknown, ObservedCall>();
  #changes = 0;
  readonly #waiting = new Set<() => void>();

  /** Calls of handlers that have not ended. */
  get running(): readonly ObservedCall[] {
    return [...this.#running.values()];
  }

  /** Increases with every recorded event. */
  get changes(): number {
    return this.#changes;
  }

  /** How many callers wait for the next change. */
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

  /** Marks the publish with this options object as one of the test itself, not of a service. */
  ownPublish(options: object): void {
    this.#testPublishes.add(options);
  }

  /** Ends the recording: every waiting caller gets the reason as an error. */
  end(reason: Error): void {
    this.runs.end(reason);
    this.publications.end(reason);
    this.#change();
  }

  // The methods below are the events of the run.

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
