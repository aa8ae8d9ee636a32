/** What the services of a run do, while a page of the console is open. */
import type { PublishedLive } from "../view/live-view.ts";
import type { HandlerCounts } from "./handler-counts.ts";
import { MessageLog } from "./message-log.ts";
import { ServiceWatch } from "./service-watch.ts";
import type { SwitchedObservers } from "./switched-observer.ts";
import { WaitingRetries } from "./waiting-retries.ts";

export class RunWatch {
  readonly log: MessageLog = new MessageLog();
  readonly retries: WaitingRetries = new WaitingRetries();
  readonly #observers: SwitchedObservers;
  #watches: readonly ServiceWatch[] = [];
  #leftOut = 0;
  #since: number | undefined;

  constructor(observers: SwitchedObservers) {
    this.#observers = observers;
  }

  /** Messages without a line, between the last two ticks. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** When the counts began, in milliseconds since 1970; undefined before the first page. */
  get since(): number | undefined {
    return this.#since;
  }

  get published(): readonly PublishedLive[] {
    return this.#watches.flatMap((watch) => watch.published.view(watch.service));
  }

  start(): void {
    this.#since = Date.now();
    const watches: ServiceWatch[] = [];
    this.#observers.switchOn((service) => {
      const watch = new ServiceWatch(service, { log: this.log, retries: this.retries });
      watches.push(watch);
      return watch;
    });
    this.#watches = watches;
  }

  stop(): void {
    this.#observers.switchOff();
    this.log.clear();
  }

  /** `seconds` since the tick before. */
  tick(seconds: number): void {
    for (const watch of this.#watches) watch.tick(seconds);
    this.#leftOut = this.log.tick();
  }

  /** Undefined before the first message. */
  countsOf(service: string, queue: string): HandlerCounts | undefined {
    return this.#watches.find((watch) => watch.service === service)?.counts.get(queue);
  }
}
