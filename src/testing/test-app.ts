/** TestApp: services that run for a test, what they did so far, and what the test waits for. */
import { performance } from "node:perf_hooks";
import type { Broker } from "../amqp-broker/broker.ts";
import type { Envelope } from "../service/envelope.ts";
import type { OpenWork } from "../service/open-work.ts";
import type { Service } from "../service/service.ts";
import type { ServiceRun } from "../service/service-run.ts";
import {
  amqpPublish,
  isEventContract,
  type PublishArguments,
  type PublishOptions,
  publishOptionsOf,
  topicMatches,
} from "../transports/amqp/index.ts";
import type { Duration } from "../util/duration.ts";
import { DeadLetters, type StoredDeadLetter } from "./dead-letters.ts";
import { TestingError } from "./errors.ts";
import type { ContextFor, DataOf, HandlerName } from "./handler-types.ts";
import type { Journal } from "./journal.ts";
import { requireHandler, serviceNamed } from "./known-names.ts";
import type { QueueAccess } from "./queue-access.ts";
import type { HandledMessage, PublishedMessage, Recorder } from "./recorder.ts";
import { parkedIn, seenInstead } from "./report.ts";
import { type Conversation, unlessLate, untilIdle, untilStill } from "./settling.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import { waitMsOf } from "./wait-time.ts";

/** How long to wait. */
export interface WaitOptions {
  /** How long to wait, in real time. @default that of `startService`, "4s" */
  readonly timeout?: Duration | undefined;
}

/** Which runs of a handler to wait for. */
export interface HandledOptions<Message = HandledMessage> extends WaitOptions {
  readonly where?: ((message: Message) => boolean) | undefined;
  /** How the run ended. @default "acknowledge": the handler succeeded */
  readonly outcome?: HandledMessage["outcome"] | "any" | undefined;
  /** The name of a service, where several have a handler of this name. @default any */
  readonly service?: string | undefined;
}

/** Which publishes of the services to wait for. */
export interface PublishedOptions extends WaitOptions {
  readonly where?: ((message: PublishedMessage) => boolean) | undefined;
}

/** What `idle` found. */
export interface Settled {
  /** Messages that wait on the broker for a delayed retry. */
  readonly parked: number;
}

/** Wait for so many, and get them as an array. */
export interface Several {
  readonly count: number;
}

/** What makes an app; `startService` does. */
export interface TestAppParts<C> {
  readonly run: ServiceRun;
  readonly recorder: Recorder;
  readonly access: QueueAccess;
  readonly broker: Broker | undefined;
  readonly clock: C;
  readonly url: string;
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Undoes what was done for the services, when they have stopped. */
  undo(): Promise<void>;
}

type Handled<S, N> = HandledMessage<DataOf<S, N>, ContextFor<S, N>>;

/** Services of a test while they run. Stop it with the test: `await using`, or `await app.stop()`. */
export class TestApp<S extends Service = Service, C extends VirtualClock | undefined = VirtualClock | undefined>
  implements AsyncDisposable
{
  /** Where the services' broker is, for clients of the test's own. */
  readonly url: string;
  /** What stands before the names of queues and routing keys on the broker. */
  readonly prefix: string;
  /** The embedded broker; undefined when the test named another. */
  readonly broker: Broker | undefined;
  /** The clock that was given to `startService`. */
  readonly clock: C;
  readonly #parts: TestAppParts<C>;
  readonly #conversation: Conversation;
  readonly #deadLetters: DeadLetters;
  readonly #forgetClock: () => void;
  #over: TestingError | undefined;
  #stopping: Promise<number> | undefined;

  /** @internal Use `startService`. */
  constructor(parts: TestAppParts<C>) {
    const { run, recorder, access, prefix, clock } = parts;
    this.#parts = parts;
    this.url = parts.url;
    this.prefix = prefix;
    this.broker = parts.broker;
    this.clock = clock;
    this.#deadLetters = new DeadLetters(recorder, access, prefix);
    this.#conversation = {
      openWork: () => run.openWork(),
      changed: (ms) => recorder.changed(ms),
      get changes() {
        return recorder.changes;
      },
    };
    this.#forgetClock = clock?.onSettle(() => untilStill(this.#conversation)) ?? (() => {});
    void run.ended.then((code) => this.#end(`the services have stopped (exit code ${code})`));
  }

  /** The first service. */
  get service(): S {
    return this.services[0] as S;
  }

  /** The services in the order in which they were given. */
  get services(): readonly S[] {
    return this.#parts.run.services as readonly Service[] as readonly S[];
  }

  /** The exit code, once the services have stopped, by the test or by `exit()`. */
  get ended(): Promise<number> {
    return this.#parts.run.ended;
  }

  /**
   * Publishes as the service itself would with `amqpPublish`: in its envelope, with its exchange and prefix. Unless
   * `mandatory` is false it rejects when nothing is bound for the key: in a test that is a slip.
   * `service` names the one whose envelope and options count. @default the first
   */
  async publish<What, E extends Envelope | null = Envelope | null>(
    dataOrContract: What,
    ...rest: PublishArguments<What, E, { readonly service?: string | undefined }>
  ): Promise<void> {
    const isContract = isEventContract(dataOrContract);
    const [data, given] = (isContract ? rest : [dataOrContract, ...rest]) as [unknown, Record<string, unknown>?];
    const { service, ...options } = given ?? {};
    const own = { mandatory: true, ...options };
    const plain = isContract ? publishOptionsOf(dataOrContract, own) : (own as unknown as PublishOptions);
    this.#parts.recorder.ownPublish(plain);
    await amqpPublish(serviceNamed(this.services, service as string | undefined), data, plain);
  }

  /**
   * Waits until a handler has ended a run that succeeded and its message is acknowledged; gives what the handler got. Each
   * run is given once: the next call waits for the next one.
   * @throws ERR_TESTING_TIMEOUT, with what happened instead
   */
  handled<N extends HandlerName<S>>(
    name: N,
    options: HandledOptions<Handled<S, N>> & Several,
  ): Promise<Handled<S, N>[]>;
  handled<N extends HandlerName<S>>(name: N, options?: HandledOptions<Handled<S, N>>): Promise<Handled<S, N>>;
  async handled(
    name: string,
    { outcome = "acknowledge", where, service, count, ...wait }: HandledOptions<never> & Partial<Several> = {},
  ): Promise<unknown> {
    requireHandler(this.services, name);
    const fits = (run: HandledMessage): boolean =>
      run.handler === name &&
      (service === undefined || run.service === service) &&
      (outcome === "any" || run.outcome === outcome) &&
      (where === undefined || where(run as never));
    const what = `"${name}" to handle ${count === undefined ? "a message" : `${count} messages`}`;
    return this.#next(this.#parts.recorder.runs, {
      what,
      fits,
      count,
      ...wait,
    });
  }

  /** Every run that has ended so far, however it ended; of one handler, or of all. */
  runs<N extends HandlerName<S>>(name?: N): Handled<S, N>[] {
    if (name !== undefined) requireHandler(this.services, name);
    const { runs } = this.#parts.recorder;
    return runs.all(({ handler }) => name === undefined || handler === name) as Handled<S, N>[];
  }

  /** What the services have published so far, by a pattern of routing keys (`*` one word, `#` any number). @default "#" */
  published(pattern = "#"): PublishedMessage[] {
    return this.#parts.recorder.publications.all(({ routingKey }) => topicMatches(pattern, routingKey));
  }

  /**
   * Waits for a publish of the services. Each is given once: the next call waits for the next one.
   * @throws ERR_TESTING_TIMEOUT, with what happened instead
   */
  nextPublished(pattern: string, options: PublishedOptions & Several): Promise<PublishedMessage[]>;
  nextPublished(pattern?: string, options?: PublishedOptions): Promise<PublishedMessage>;
  async nextPublished(
    pattern = "#",
    { where, count, ...wait }: PublishedOptions & Partial<Several> = {},
  ): Promise<unknown> {
    const fits = (message: PublishedMessage): boolean =>
      topicMatches(pattern, message.routingKey) && (where === undefined || where(message));
    const what = `${count === undefined ? "a publish" : `${count} publishes`} by the key "${pattern}"`;
    return this.#next(this.#parts.recorder.publications, {
      what,
      fits,
      count,
      ...wait,
    });
  }

  /**
   * What stands in the dead-letter queue of a handler, or of a queue by its name; nothing is taken out. With `count` it
   * waits until there are at least so many; without, look when the app is `idle()`.
   * @throws ERR_TESTING_TIMEOUT, with what happened instead
   */
  async deadLetters(
    of: HandlerName<S> | (string & {}),
    { count = 0, ...wait }: WaitOptions & Partial<Several> = {},
  ): Promise<StoredDeadLetter[]> {
    this.#requireRunning();
    const timeoutMs = waitMsOf(wait, this.#parts.timeoutMs);
    const found = await this.#deadLetters.of(of, count, timeoutMs);
    if (found) return found;
    throw await this.#late(`${count} dead letters of "${of}"`, timeoutMs);
  }

  /**
   * Waits until the whole conversation has settled: nothing stands in the services' queues, no handler runs, every publish
   * is confirmed and every dead letter has landed. It knows of what the services do and of what has reached their queues.
   * What waits on the broker for a delayed retry is not waited for, but counted: move the clock to have it come. What the
   * broker sent into a frozen connection is not seen until the broker gives that connection up: wait for the result itself.
   * @throws ERR_TESTING_TIMEOUT, with what is still open
   */
  async idle(options: WaitOptions = {}): Promise<Settled> {
    const timeoutMs = waitMsOf(options, this.#parts.timeoutMs);
    this.#requireRunning();
    const open = await untilIdle(this.#conversation, timeoutMs);
    if (this.#over) throw this.#over;
    if (open) throw await this.#late("everything to be done", timeoutMs, open);
    return { parked: parkedIn(await this.#parts.run.openWork()) };
  }

  /** Stops the services, as a signal would, and what was started for them. Gives their exit code. The same for all who ask. */
  stop(): Promise<number> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<number> {
    const { run, undo } = this.#parts;
    this.#forgetClock();
    this.#end("the test has stopped the app");
    const code = await run.stop();
    await undo();
    return code;
  }

  #end(why: string): void {
    this.#over ??= new TestingError("ERR_TESTING_STOPPED", `Nothing can be waited for: ${why}.`);
    this.#parts.recorder.end(this.#over);
  }

  #requireRunning(): void {
    if (this.#over) throw this.#over;
  }

  async #next<T>(journal: Journal<T>, wanted: Next<T>): Promise<T | T[]> {
    const { count, fits, what } = wanted;
    const timeoutMs = waitMsOf(wanted, this.#parts.timeoutMs);
    const late = (): Promise<Error> => this.#late(what, timeoutMs);
    const found = await journal.take({ count: count ?? 1, fits, timeoutMs, late });
    return count === undefined ? (found[0] as T) : found;
  }

  async #late(what: string, timeoutMs: number, known?: readonly OpenWork[]): Promise<Error> {
    const { run, recorder } = this.#parts;
    const open = known ?? (await unlessLate(run.openWork(), performance.now() + 500)) ?? [];
    const message = `Waited ${timeoutMs} ms for ${what}. What happened:${seenInstead(recorder, open)}`;
    return new TestingError("ERR_TESTING_TIMEOUT", message);
  }
}

interface Next<T> extends WaitOptions {
  /** To be read after "waited for". */
  readonly what: string;
  readonly count: number | undefined;
  fits(value: T): boolean;
}
