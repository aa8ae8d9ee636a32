/** The contract for transports: a transport brings work to a service, and sends for it. */
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { Envelope } from "./envelope.ts";
import type { Handler } from "./handler.ts";
import type { TransportHealth } from "./health.ts";
import type { ServiceInstance } from "./instance.ts";
import type { MessageMiddleware } from "./middleware.ts";
import type { RunObserver } from "./observer.ts";
import type { OpenWork } from "./open-work.ts";

/**
 * Makes one Transport for one service. A decorator stores the definition itself, so the runner needs no list of transports. `Options` is
 * what a decorator of this transport stores for a handler; `T` is what `transportOf` returns.
 */
export interface TransportDefinition<Options, T extends Transport<Options> = Transport<Options>> {
  /** The name of the transport in messages, in camelCase. It is also the name of its group in the options of a service. */
  readonly name: string;
  /**
   * Loads what `create` and `rightOptions` need. A start waits for it first, for each transport that a service uses: by a decorator, by its
   * list `transports`, or because a trigger brings it. So a service that does not use the transport does not load it. May be called again.
   * @default nothing to load
   */
  load?(): Promise<void>;
  /** Creates the transport from the options of the service. Throws if they are wrong. Connects to nothing. */
  create(context: ServiceContext): T;
  /**
   * Returns the valid options of the group. If some options are wrong, the start checks the handlers with these, so that one error names
   * all problems. @default the handlers are not checked then
   */
  rightOptions?(options: unknown): unknown;
  /**
   * For a transport that uses another one: what one of its triggers makes the other transport do. Tools that examine a service without
   * running it (its queues, its dead letters) read this too. `add` passes the same to the other transport.
   */
  brings?(trigger: TriggerOf<Options>, service: ServiceInstance): readonly BroughtTrigger[];
}

/** One trigger of a transport, on one method. */
export interface TriggerOf<Options> {
  /** The name of the method. */
  readonly method: string;
  /** The options in the decorator. */
  readonly options: Options;
  /** The trigger as a user would write it, for messages: `@amqp("order.paid")`. */
  readonly label: string;
}

/** What a trigger makes another transport do for the same method. */
export interface BroughtTrigger {
  /** The other transport. */
  readonly transport: TransportDefinition<never>;
  /** The options for the other transport, as one of its own decorators would store them. */
  readonly options: unknown;
  /** The trigger as a user would write it, for messages. */
  readonly label: string;
}

/**
 * One transport of one service. The methods are called in this order, once each. `drain` and `close` may also be called early, and twice. A
 * transport that is created only because the service publishes gets no `add` and no `start`.
 */
export interface Transport<Options> {
  /** Takes a handler. Everything that is wrong with its options is thrown here, before anything connects. */
  add(handler: Handler<Options>): void;
  /** Connects and begins. Resolves once every handler can receive; rejects if that is impossible. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Called when every service of the run has started, and `startedService()` has run. For work that starts without a message, such as
   * schedules. Must not throw.
   */
  serviceStarted?(): void;
  /** What was declared and bound, one line each, for people. */
  describe(): readonly string[];
  /**
   * The current health, from known state. It sends no request and never throws. May be called at any time, also before the start and after the
   * close.
   */
  health(): TransportHealth;
  /**
   * The work that is not done yet. It may ask the other side; what was on its way to this process at that time is counted. It never
   * rejects: a part that cannot be asked is `interrupted`.
   */
  openWork?(): Promise<readonly OpenWork[]>;
  /**
   * Starts no work for this handler until `resume`. Waiting work goes back to a place where other instances can take it. Resolves when the
   * running work has ended, and never rejects. `reason` is for `health()`. May be called at any time after `add`, also before `start`, but
   * not twice before `resume`. A transport without `pause` and `resume` cannot pause its handlers.
   */
  pause?(handler: string, reason: string): Promise<void>;
  /** Ends the pause of a handler. */
  resume?(handler: string): void;
  /**
   * Takes no new work, and resolves when the work in flight has ended. When the signal aborts, it aborts the signals of the handlers and
   * gives back the work that does not end at once. Publishing still works.
   */
  drain(signal: AbortSignal): Promise<void>;
  /** Waits for outstanding confirms, then frees every socket and timer. Ends at the latest when the signal aborts. */
  close(signal: AbortSignal): Promise<void>;
}

/** What a transport may know about its service. */
export interface ServiceContext {
  /** The running service instance. */
  readonly service: ServiceInstance;
  /** The envelope of its messages, unless a handler or a publish sets another one. */
  readonly messageEnvelope: Envelope | null;
  /** The middleware of its messages, the outermost first. */
  readonly messageMiddleware: readonly MessageMiddleware[];
  /** The name of the service. */
  readonly name: string;
  /** Identifies the instance. */
  readonly uuid: string;
  /** The transport's own group of the service's options, as the user wrote it. */
  readonly options: unknown;
  /** A logger whose lines name the service. */
  readonly logger: Logger;
  /** Environment variables, for options that also have a variable. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values that all services of this run share, such as limits of the whole process. */
  readonly shared: Map<symbol, unknown>;
  /** The clock for time limits and pauses of handlers. */
  readonly clock: Clock;
  /**
   * Another transport of the same service, which is created now if nothing else needed it before. For a transport that uses another one.
   * Call it in `add`: then the other one starts, drains and closes as if it had handlers of its own.
   */
  transport<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T;
  /** true: `currentContext()` has to know what the service handles. Call handlers through `followed`, or use a `HandlerRunner`. */
  readonly followsContext: boolean;
  /** The observer of the run; undefined without one. A `HandlerRunner` informs it of each run. @internal */
  readonly observer: RunObserver | undefined;
  /** The service's hook for dead-lettered messages. The caller handles its errors. */
  readonly onDeadLetter?: ((deadLetter: DeadLetter) => unknown) | undefined;
}
