/** Records what the services of a run do: everything while a page of the console is open, otherwise only some of the last messages. */
import type { ServiceInstance } from "../../service/instance.ts";
import type { PublishedLive } from "../view/live-view.ts";
import type { HandlerCounts } from "./handler-counts.ts";
import { MessageLog } from "./message-log.ts";
import { ServiceWatch } from "./service-watch.ts";
import { SleepingRoom, SleepingWatch } from "./sleeping-watch.ts";
import type { SwitchedObservers } from "./switched-observer.ts";
import { WaitingRetries } from "./waiting-retries.ts";

export class RunWatch {
  readonly log: MessageLog = new MessageLog();
  readonly retries: WaitingRetries = new WaitingRetries();
  readonly #observers: SwitchedObservers;
  #watches: readonly ServiceWatch[] = [];
  #sleepingRoom: SleepingRoom | undefined;
  #leftOut = 0;
  #since: number | undefined;

  constructor(observers: SwitchedObservers) {
    this.#observers = observers;
  }

  /** How many messages had no line between the last two ticks. */
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
    this.#sleepingRoom?.close();
    this.#since = Date.now();
    const watches: ServiceWatch[] = [];
    this.#observers.switchOn((service) => {
      const watch = this.#watchOf(service);
      watches.push(watch);
      return watch;
    });
    this.#watches = watches;
  }

  /** No page is open. */
  sleep(): void {
    this.#sleepingRoom?.close();
    const room = new SleepingRoom(() => this.log.tick());
    this.#observers.switchOn((service) => new SleepingWatch(this.#watchOf(service), room));
    this.#sleepingRoom = room;
    this.#watches = [];
  }

  stop(): void {
    this.#sleepingRoom?.close();
    this.#observers.switchOff();
  }

  /** `seconds` is the time since the last tick. */
  tick(seconds: number): void {
    for (const watch of this.#watches) watch.tick(seconds);
    this.#leftOut = this.log.tick();
  }

  /** The counts of a handler; undefined before its first message. */
  countsOf(service: string, queue: string): HandlerCounts | undefined {
    return this.#watches.find((watch) => watch.service === service)?.counts.get(queue);
  }

  #watchOf(service: ServiceInstance): ServiceWatch {
    return new ServiceWatch(service, { log: this.log, retries: this.retries });
  }
}
