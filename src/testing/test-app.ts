/** TestApp: services that run for a test, what they did, and what the test can wait for. */
import type { Broker } from "../amqp-broker/broker.ts";
import type { Envelope } from "../service/envelope.ts";
import type { Service } from "../service/service.ts";
import type { ServiceRun } from "../service/service-run.ts";
import type { DeadLetters, StoredDeadLetter } from "./dead-letters.ts";
import {
  expectedPublish,
  expectedRun,
  type HandledOptions,
  handlerFits,
  keyFits,
  type PublishedOptions,
  type Several,
  type WaitOptions,
} from "./expectations.ts";
import type { ContextFor, DataOf, HandlerName } from "./handler-types.ts";
import type { HandledMessage, PublishedMessage, Recorder } from "./recorder.ts";
import { TestHttp } from "./test-http.ts";
import { publishForTest, type TestPublishArguments } from "./test-publish.ts";
import { type Settled, TestWaits } from "./test-waits.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** The parts of an app. Only `startService` creates one. */
export interface TestAppParts<C> {
  readonly run: ServiceRun;
  readonly recorder: Recorder;
  readonly deadLetters: DeadLetters;
  readonly broker: Broker | undefined;
  readonly clock: C;
  readonly url: string;
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Restores what was changed for the services. Called when they have stopped. */
  undo(): Promise<void>;
}

type Handled<S, N> = HandledMessage<DataOf<S, N>, ContextFor<S, N>>;

/** The running services of a test. Stop it at the end of the test: with `await using`, or with `await app.stop()`. */
export class TestApp<S extends Service = Service, C extends VirtualClock | undefined = VirtualClock | undefined>
  implements AsyncDisposable
{
  /** The URL of the broker that the services use, for other clients in the test. */
  readonly url: string;
  /** The prefix before the names of queues and before routing keys. */
  readonly prefix: string;
  /** The embedded broker; undefined if the test named another broker. */
  readonly broker: Broker | undefined;
  /** The clock that was passed to `startService`. */
  readonly clock: C;
  readonly #parts: TestAppParts<C>;
  readonly #waits: TestWaits;
  readonly #forgetClock: () => void;
  #stopping: Promise<number> | undefined;

  /** @internal Use `startService`. */
  constructor(parts: TestAppParts<C>) {
    const { run, clock } = parts;
    this.#parts = parts;
    this.url = parts.url;
    this.prefix = parts.prefix;
    this.broker = parts.broker;
    this.clock = clock;
    const waits = new TestWaits(parts);
    this.#waits = waits;
    this.#forgetClock = clock?.onSettle(() => waits.untilStill()) ?? (() => {});
    void run.ended.then((code) => waits.end(`the services have stopped (exit code ${code})`));
  }

  /** The first service. */
  get service(): S {
    return this.services[0] as S;
  }

  /** The services, in the order in which they were passed. */
  get services(): readonly S[] {
    return this.#parts.run.services as readonly Service[] as readonly S[];
  }

  /** Sends requests to the HTTP handlers, without a port. */
  get http(): TestHttp {
    return new TestHttp(this.services, this.#parts.timeoutMs);
  }

  /** Resolves with the exit code when the services have stopped, because of `stop()` or of `exit()`. */
  get ended(): Promise<number> {
    return this.#parts.run.ended;
  }

  /**
   * Publishes as the service itself would with `amqpPublish`: in its envelope, with its exchange and prefix. If no queue is bound for the
   * key, it rejects, because that is usually a mistake in a test; `mandatory: false` allows it. `service` names the service whose envelope
   * and options are used. @default the first service
   */
  async publish<What, E extends Envelope | null = Envelope | null>(
    dataOrContract: What,
    ...rest: TestPublishArguments<What, E>
  ): Promise<void> {
    await publishForTest(this.services, this.#parts.recorder, dataOrContract, rest as readonly unknown[]);
  }

  /**
   * Waits until a run of the handler has succeeded and its message is acknowledged. Returns what the handler received. Each run is returned
   * once: the next call waits for the next run.
   * @throws ERR_TESTING_TIMEOUT, with what happened instead
   */
  handled<N extends HandlerName<S>>(
    name: N,
    options: HandledOptions<Handled<S, N>> & Several,
  ): Promise<Handled<S, N>[]>;
  handled<N extends HandlerName<S>>(name: N, options?: HandledOptions<Handled<S, N>>): Promise<Handled<S, N>>;
  async handled(name: string, options: HandledOptions<never> & Partial<Several> = {}): Promise<unknown> {
    return this.#waits.next(this.#parts.recorder.runs, expectedRun(this.services, name, options));
  }

  /** Every run that has ended so far, whatever its outcome: of one handler, or of all. */
  runs<N extends HandlerName<S>>(name?: N): Handled<S, N>[] {
    return this.#parts.recorder.runs.all(handlerFits(this.services, name)) as Handled<S, N>[];
  }

  /** What the services have published so far. `pattern` selects routing keys: `*` is one word, `#` any number of words. @default "#" */
  published(pattern = "#"): PublishedMessage[] {
    return this.#parts.recorder.publications.all(keyFits(pattern));
  }

  /**
   * Waits for a publish of the services. Each publish is returned once: the next call waits for the next one.
   * @throws ERR_TESTING_TIMEOUT, with what happened instead
   */
  nextPublished(pattern: string, options: PublishedOptions & Several): Promise<PublishedMessage[]>;
  nextPublished(pattern?: string, options?: PublishedOptions): Promise<PublishedMessage>;
  async nextPublished(pattern = "#", options: PublishedOptions & Partial<Several> = {}): Promise<unknown> {
    return this.#waits.next(this.#parts.recorder.publications, expectedPublish(pattern, options));
  }

  /**
   * The messages in the dead-letter queue of a handler, or of a queue by its name. They stay there. With `count` it waits until there are
   * at least that many. Without `count` it does not wait: call it after `idle()`.
   * @throws ERR_TESTING_TIMEOUT, with what happened instead
   */
  async deadLetters(
    of: HandlerName<S> | (string & {}),
    { count = 0, ...wait }: WaitOptions & Partial<Several> = {},
  ): Promise<StoredDeadLetter[]> {
    this.#waits.requireRunning();
    const timeoutMs = this.#waits.msOf(wait);
    const found = await this.#parts.deadLetters.of(of, count, timeoutMs);
    if (found) return found;
    throw await this.#waits.late(`${count} dead letters of "${of}"`, timeoutMs);
  }

  /**
   * Waits until all work has ended: the queues of the services are empty, no handler runs, every publish is confirmed and every dead letter
   * is stored. Messages that wait on the broker for a delayed retry are not waited for, but counted in `parked`: advance the clock to
   * deliver them. Messages that the broker sent into a frozen connection cannot be seen: wait for their result instead.
   * @throws ERR_TESTING_TIMEOUT, with what is still open
   */
  idle(options: WaitOptions = {}): Promise<Settled> {
    return this.#waits.idle(options);
  }

  /**
   * Stops the services as a signal would, and then the broker and everything else that was started for them. Returns their exit code.
   * Several calls share one stop.
   */
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
    this.#waits.end("the test has stopped the app");
    const code = await run.stop();
    await undo();
    return code;
  }
}
