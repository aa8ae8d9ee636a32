/** THE CONTRACT every transport keeps: one way for work to reach a service, and for a service to send. */
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
 * Makes one Transport for one service. A decorator stores the definition itself, so the runner needs no table of transports.
 * `Options` is what a decorator of this transport stores for a handler; `T` is what `transportOf` returns.
 */
export interface TransportDefinition<Options, T extends Transport<Options> = Transport<Options>> {
  /** Names the transport in messages, in camelCase; also its group in a service's options. */
  readonly name: string;
  /** Resolves the service's options for this transport; throws when they are wrong. Connects nothing. */
  create(context: ServiceContext): T;
  /**
   * The group's options without the wrong ones. When options are wrong, the start checks the handlers by what this returns, so
   * that one error names everything. @default the handlers are not checked then
   */
  rightOptions?(options: unknown): unknown;
  /**
   * For a transport that uses another: what one of its triggers has the other transport do. Tools that know a service without
   * running it (its queues, its dead letters) look at this too. `add` hands the same to the other transport.
   */
  brings?(trigger: TriggerOf<Options>, service: ServiceInstance): readonly BroughtTrigger[];
}

/** One trigger of a transport, on one method. */
export interface TriggerOf<Options> {
  readonly method: string;
  readonly options: Options;
  /** As a user would write it, for messages: `@amqp("order.paid")`. */
  readonly label: string;
}

/** What a trigger has another transport do for the same method. */
export interface BroughtTrigger {
  readonly transport: TransportDefinition<never>;
  readonly options: unknown;
  readonly label: string;
}

/**
 * One transport of one service. Calls come in this order, once each; drain and close may also come early, and twice.
 * A transport that is made only because the service publishes gets no `add` and no `start`.
 */
export interface Transport<Options> {
  /** Take a handler. Everything wrong with its options is thrown here, before anything connects. */
  add(handler: Handler<Options>): void;
  /** Connect and begin. Resolves once every handler can receive; rejects if that cannot be. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Every service of the run has started, and `startedService()` has run. For work that starts without a message, such as
   * schedules. Must not throw.
   */
  serviceStarted?(): void;
  /** What runs now, a line each, for people: what was declared and bound. */
  describe(): readonly string[];
  /** The current health, from known state: makes no calls, never throws. Called at any time, also before start and after close. */
  health(): TransportHealth;
  /**
   * What is not done yet. It may ask the other side; what was on its way here at that time is counted. Never
   * rejects: what cannot be asked is `interrupted`.
   */
  openWork?(): Promise<readonly OpenWork[]>;
  /**
   * Begin no work for this handler until `resume`; waiting work goes back to where other instances can take it. Resolves when the
   * running work has ended, and never rejects. `reason` is for `health()`. Called at any time after `add`, also before `start`, but
   * not twice before `resume`. A transport that cannot pause leaves this and `resume` out; then its handlers cannot be paused.
   */
  pause?(handler: string, reason: string): Promise<void>;
  /** End the pause of a handler. */
  resume?(handler: string): void;
  /**
   * Take no new work; resolve when the work in flight has ended. When the signal aborts, abort the handlers' signals and
   * give back what does not end at once. Publishing still works.
   */
  drain(signal: AbortSignal): Promise<void>;
  /** Send out what is still to be confirmed, then free every socket and timer. Bounded by the signal. */
  close(signal: AbortSignal): Promise<void>;
}

/** What a transport may know about its service. */
export interface ServiceContext {
  readonly service: ServiceInstance;
  /** The envelope of its messages, unless a handler or publish sets another. */
  readonly messageEnvelope: Envelope | null;
  readonly messageMiddleware: readonly MessageMiddleware[];
  readonly name: string;
  readonly uuid: string;
  /** The transport's own group of the service's options, as the user wrote it. */
  readonly options: unknown;
  /** Bound to the service. */
  readonly logger: Logger;
  /** Environment variables, for options that have a twin there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What all services of this run share: limits of the whole process. */
  readonly shared: Map<symbol, unknown>;
  /** What deadlines and pauses of handling are measured by. */
  readonly clock: Clock;
  /**
   * Another transport of the same service, made now if nothing else has brought it: for a transport that uses
   * another. Call it in `add`: then the other one starts, drains and closes as if it had handlers of its own.
   */
  transport<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T;
  /** `currentContext()` is to know what the service handles: call handlers through `followed`, or a `HandlerRunner`. */
  readonly followsContext: boolean;
  /** The observer; undefined without one. A `HandlerRunner` informs it of each run. @internal */
  readonly observer: RunObserver | undefined;
  /** The service's hook for messages that were dead-lettered; its errors are the caller's. */
  readonly onDeadLetter?: ((deadLetter: DeadLetter) => unknown) | undefined;
}
