/** Runs the services in a child process, and in a new one after each change. The old child works until the new one has loaded the files. */
import { createDeferred, type Deferred } from "../util/deferred.ts";
import type { ChildMessage, ParentMessage } from "./messages.ts";

/** How a process ended. */
export interface ChildEnd {
  readonly code: number;
  /** Whether this process ended it. */
  readonly killed: boolean;
}

/** The process with the services. */
export interface ReloadChild {
  readonly ended: Promise<ChildEnd>;
  send(message: ParentMessage): void;
  signal(name: NodeJS.Signals): void;
  /** Ends it at once. Messages in flight are delivered again. */
  kill(): void;
}

export interface ReadyChild {
  /** What its handlers listen to, one line each. */
  readonly described: readonly string[];
  /** The address of its console; undefined if it has none. */
  readonly page?: string | undefined;
}

export interface SupervisorSettings {
  startChild(told: (message: ChildMessage) => void): ReloadChild;
  /** Writes a line for people. */
  say(line: string): void;
  /** Called when a child is ready, with the time in milliseconds since the old child ended. */
  ready(child: ReadyChild, sinceMs: number | undefined): void;
  /** Called with whether every file could be loaded. */
  loadable(isLoaded: boolean): void;
  /** Called for any other message of a child. */
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

/** A stop has its own time limit. If the process still runs this many seconds later, it is ended. */
const extraSeconds = 5;
/** A stop that takes longer than this, in milliseconds, is reported. */
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

  /** Resolves with the exit code when everything has ended. */
  get done(): Promise<number> {
    return this.#done.promise;
  }

  start(): void {
    this.#current = this.#startChild();
    this.#go(this.#current);
  }

  /** Starts a new child after a change. Returns false while everything stops, because nothing is started then. */
  restart(): boolean {
    if (this.#isStopping) return false;
    // The child has not started its services yet.
    this.#next?.child.kill();
    this.#next = this.#startChild();
    return true;
  }

  /** Passes a signal to the child, which stops gracefully, and starts nothing more. */
  stop(name: "SIGINT" | "SIGTERM"): void {
    this.#isStopping = true;
    this.#next?.child.kill();
    if (this.#current) this.#current.child.signal(name);
    else if (!this.#next) this.#done.resolve(this.#lastCode);
  }

  /** Passes a signal that is meant for the services to the child. */
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

  /** Lets the loaded child replace the previous one, when the previous one has ended. */
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
      // The service has ended by itself with exit code 0.
      else this.#done.resolve(0);
    }
    if (this.#isStopping && !this.#current && !this.#next) this.#done.resolve(this.#lastCode);
  }

  /** A child failed. Nothing runs, or only the child from before the change. The next change tries again. */
  #failed(running: Running, code: number): void {
    this.#lastCode = code;
    // The time until the file is corrected has no meaning.
    this.#endedAt = undefined;
    if (!running.isLoaded) this.#settings.loadable(false);
    if (!this.#current) this.#settings.say("Waiting for a change.");
    else if (!this.#current.isStopping)
      this.#settings.say("The services keep running as they were before the change. Waiting for a change.");
  }
}
