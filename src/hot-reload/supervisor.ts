/** Runs the services in a child process, and another one after each change: the old one works until the new one has loaded. */
import { createDeferred, type Deferred } from "../util/deferred.ts";
import type { ChildMessage, ParentMessage } from "./messages.ts";

/** How a process ended. */
export interface ChildEnd {
  readonly code: number;
  /** It was ended from here, not by itself. */
  readonly killed: boolean;
}

/** The process with the services. */
export interface ReloadChild {
  readonly ended: Promise<ChildEnd>;
  send(message: ParentMessage): void;
  signal(name: NodeJS.Signals): void;
  /** At once; what is in flight is delivered again. */
  kill(): void;
}

export interface ReadyChild {
  /** What its handlers listen to. */
  readonly described: readonly string[];
  /** The address of its console; undefined without one. */
  readonly page?: string | undefined;
}

export interface SupervisorSettings {
  startChild(told: (message: ChildMessage) => void): ReloadChild;
  /** A line for people. */
  say(line: string): void;
  /** Told when a child is ready, and how long it took since the old one ended. */
  ready(child: ReadyChild, sinceMs: number | undefined): void;
  /** Told whether every file could be loaded. */
  loadable(isLoaded: boolean): void;
  /** Another message of a child. */
  told(message: ChildMessage, child: ReloadChild): void;
}

interface Running {
  readonly child: ReloadChild;
  isLoaded: boolean;
  isGoing: boolean;
  isReady: boolean;
  isStopping: boolean;
  stopSeconds: number;
}

/** A stop is bounded by the services; this much later the process is ended all the same. */
const extraSeconds = 5;
/** A stop that takes longer is told. */
const toldAfterMs = 1000;

export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #done: Deferred<number> = createDeferred<number>();
  #current: Running | undefined;
  #next: Running | undefined;
  #isStopping = false;
  #lastCode = 0;
  #endedAt: number | undefined;
  /** The address of the last console. */
  #page: string | undefined;

  constructor(settings: SupervisorSettings) {
    this.#settings = settings;
  }

  /** The exit code, when it is over. */
  get done(): Promise<number> {
    return this.#done.promise;
  }

  start(): void {
    this.#current = this.#startChild();
    this.#go(this.#current);
  }

  /** Something changed. False while everything stops: then nothing is started again. */
  restart(): boolean {
    if (this.#isStopping) return false;
    // It has not begun to work.
    this.#next?.child.kill();
    this.#next = this.#startChild();
    return true;
  }

  /** A signal for everything: the child stops gracefully, and nothing is started again. */
  stop(name: "SIGINT" | "SIGTERM"): void {
    this.#isStopping = true;
    this.#next?.child.kill();
    if (this.#current) this.#current.child.signal(name);
    else if (!this.#next) this.#done.resolve(this.#lastCode);
  }

  /** A signal that is meant for the services. */
  forward(name: NodeJS.Signals): void {
    this.#current?.child.signal(name);
  }

  #startChild(): Running {
    const child = this.#settings.startChild((message) => this.#told(running, message));
    const running: Running = {
      child,
      isLoaded: false,
      isGoing: false,
      isReady: false,
      isStopping: false,
      stopSeconds: 25,
    };
    void child.ended.then((end) => this.#ended(running, end));
    return running;
  }

  #told(running: Running, message: ChildMessage): void {
    if (message.tomodachi === "loaded") {
      running.isLoaded = true;
      this.#settings.loadable(true);
      this.#promote();
    } else if (message.tomodachi === "ready") {
      running.isReady = true;
      running.stopSeconds = message.stopSeconds;
      const since = this.#endedAt === undefined ? undefined : performance.now() - this.#endedAt;
      this.#page = message.page ?? this.#page;
      this.#settings.ready(message, since);
    } else this.#settings.told(message, running.child);
  }

  /** The child that has loaded takes the place of the one before it, when that has ended. */
  #promote(): void {
    if (!this.#next?.isLoaded || this.#isStopping) return;
    if (this.#current) {
      this.#drain(this.#current);
      return;
    }
    this.#current = this.#next;
    this.#next = undefined;
    this.#go(this.#current);
  }

  #go(running: Running): void {
    running.isGoing = true;
    running.child.send({ tomodachi: "go", page: this.#page });
  }

  #drain(running: Running): void {
    if (running.isStopping) return;
    running.isStopping = true;
    running.child.send({ tomodachi: "stop" });
    const told = setTimeout(() => {
      this.#settings.say(`Waiting for the handlers in flight, at most ${running.stopSeconds} s.`);
    }, toldAfterMs);
    const killed = setTimeout(() => running.child.kill(), (running.stopSeconds + extraSeconds) * 1000);
    void running.child.ended.then(() => {
      clearTimeout(told);
      clearTimeout(killed);
    });
  }

  #ended(running: Running, { code, killed }: ChildEnd): void {
    if (running === this.#next) {
      this.#next = undefined;
      if (!this.#isStopping) this.#failed(running, code);
    } else if (running === this.#current) {
      this.#current = undefined;
      this.#endedAt = performance.now();
      if (this.#isStopping) this.#done.resolve(code);
      else if (this.#next) this.#promote();
      else if (running.isStopping || code !== 0)
        this.#failed(running, running.isStopping && !killed ? this.#lastCode : code);
      // The service has ended itself, and said that all is well.
      else this.#done.resolve(0);
    }
    if (this.#isStopping && !this.#current && !this.#next) this.#done.resolve(this.#lastCode);
  }

  /** Nothing runs, or only what ran before the change: the next change tries again. */
  #failed(running: Running, code: number): void {
    this.#lastCode = code;
    // The time until the file is corrected says nothing.
    this.#endedAt = undefined;
    if (!running.isLoaded) this.#settings.loadable(false);
    if (!this.#current) this.#settings.say("Waiting for a change.");
    else if (!this.#current.isStopping)
      this.#settings.say("The services keep running as they were before the change. Waiting for a change.");
  }
}
