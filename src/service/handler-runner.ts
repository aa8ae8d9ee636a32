/**
 * HandlerRunner: runs the handlers of a transport with context, middleware and time limit, and ends the runs at a stop. A
 * transport may call `handler.call` itself instead; AMQP does, because there each object costs every message.
 */

import type { Clock } from "../util/clock.ts";
import { type Placed, Roster } from "../util/roster.ts";
import { aborted } from "../util/wait.ts";
import { atMost } from "../util/within.ts";
import { followed } from "./current-context.ts";
import { ServiceError } from "./errors.ts";
import type { Handler, HandlerFunction } from "./handler.ts";
import { compose, type MessageMiddleware } from "./middleware.ts";
import { acknowledge, HandlerTimeoutError, type Outcome, outcomeOfError, requeue } from "./outcome.ts";
import { RunAbort } from "./run-abort.ts";
import { type CreateRunContext, createRunContext } from "./run-context.ts";
import type { ServiceContext } from "./transport.ts";
import { refuseUnrun } from "./unrun-result.ts";

/** How long a run may take to end after its signal aborted at a stop, in milliseconds. */
const abortedRunMs = 1000;

/** One run of a handler. */
export interface HandlerRun {
  /** The handler's first argument. */
  readonly data: unknown;
  /** Everything that came, as `context.message` and for middleware. @default the data */
  readonly message?: unknown;
  /** The transport's own members of the context. Middleware cannot replace them. @default none */
  readonly values?: object | undefined;
  /** Fields of each line that the run logs by `context.logger`. @default none */
  readonly logFields?: Readonly<Record<string, unknown>> | undefined;
  /** Seconds after which the run's signal aborts and the run has failed. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** Of a request that a client waits for: the run belongs to the trace of that client. @default it begins a trace */
  readonly requestHeaders?: Readonly<Record<string, unknown>> | undefined;
  /** Where the transport aborts the run's signal as well, as for a client that is gone. @default one of its own @internal */
  readonly abort?: RunAbort | undefined;
}

/**
 * How a run ended. `failed`: handler or middleware threw, or the time limit passed (`HandlerTimeoutError`). `stopped`: the stop
 * of the service ended it, or it was asked for after the stop began; whatever it worked on is not done.
 */
export type HandlerRunResult =
  | { readonly kind: "returned"; readonly value: unknown }
  | {
      readonly kind: "failed";
      readonly error: unknown;
      /** Only after the time limit: settles when the handler has really ended. */
      readonly ended?: Promise<unknown>;
    }
  | {
      readonly kind: "stopped";
      readonly error: unknown;
      /** Only where the stop did not wait for the handler: settles when it has really ended. */
      readonly ended?: Promise<unknown>;
    };

/** Runs one handler. Never rejects. */
export type RunHandler = (run: HandlerRun) => Promise<HandlerRunResult>;

export interface HandlerRunnerOptions {
  /** What wraps each run. @default the service's messageMiddleware */
  readonly middleware?: readonly MessageMiddleware[] | undefined;
  /** A handler may return a stream or a generator object: the transport reads it. @default false: such a run has failed */
  readonly returnsStream?: boolean | undefined;
  /** Makes the context of a run, for a transport that has a class for it. @default an object with `values` @internal */
  readonly createContext?: CreateRunContext | undefined;
}

/** Runs handlers for one transport of one service. */
export class HandlerRunner {
  readonly #context: ServiceContext;
  readonly #middleware: readonly MessageMiddleware[];
  readonly #createContext: CreateRunContext;
  readonly #returnsStream: boolean;
  readonly #active = new Roster<ActiveRun>();
  #stopping = false;
  #aborted = false;

  constructor(context: ServiceContext, options: HandlerRunnerOptions = {}) {
    this.#context = context;
    this.#middleware = options.middleware ?? context.messageMiddleware;
    this.#createContext = options.createContext ?? createRunContext;
    this.#returnsStream = options.returnsStream ?? false;
  }

  /** Runs that have not ended, those past their time limit included. */
  get running(): number {
    return this.#active.size;
  }

  /** Composes middleware and handler. Call it once for each handler, in `add`. */
  prepare(handler: Pick<Handler<unknown>, "name" | "call" | "label" | "logger">): RunHandler {
    const composed = compose(this.#middleware, handler.call);
    const invoke = this.#context.followsContext ? followed(composed) : composed;
    return (run) => this.#run(handler, invoke, run);
  }

  /**
   * Starts no further run and waits for those in progress. When the signal aborts, their signals abort; runs that do not end
   * within a second of that are `stopped`. This is all that `Transport.drain` has to do for its runs.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    if (this.#active.size === 0) return;
    await Promise.race([this.#allEnded(), aborted(signal)]);
    if (!signal.aborted || this.#aborted) return;
    this.#aborted = true;
    const error = stoppingError();
    for (const run of this.#active.all()) run.stop(error);
    await atMost(this.#allEnded(), abortedRunMs);
    for (const run of this.#active.all()) run.cut("stopped", error);
  }

  async #allEnded(): Promise<void> {
    await Promise.all(this.#active.all().map(({ ended }) => ended));
  }

  #run(
    { name, label, logger }: Pick<Handler<unknown>, "name" | "label" | "logger">,
    invoke: HandlerFunction,
    { data, message = data, values, logFields, timeoutSeconds, requestHeaders, abort = new RunAbort() }: HandlerRun,
  ): Promise<HandlerRunResult> {
    if (this.#stopping) return Promise.resolve({ kind: "stopped", error: stoppingError() });
    const { service, clock, observer } = this.#context;
    const context = this.#createContext({ service, message, abort, logger, logFields, values });
    const watched = observer?.run?.({ service, handler: name, label, requestHeaders });
    // A request pays for each promise on its way, so this function is not async.
    return new Promise((resolve) => {
      const run = new ActiveRun(abort, this.#active, (result) => {
        resolve(result);
        watched?.ended(result.kind === "returned" ? undefined : result.error);
        observer?.settled?.({ service, handler: name, context, outcome: outcomeOf(result) });
      });
      const refusesStreamsOf = this.#returnsStream ? undefined : label;
      const begin = (): Promise<HandlerRunResult> => run.follow(invoke, data, context, refusesStreamsOf);
      run.ended = watched?.around ? watched.around(begin) : begin();
      if (timeoutSeconds !== undefined) run.limit(clock, timeoutSeconds, label);
    });
  }
}

/** A run that has not ended. */
class ActiveRun implements Placed {
  place = -1;
  /** Settles when the handler has really ended. It never rejects. */
  ended!: Promise<HandlerRunResult>;
  readonly #abort: RunAbort;
  readonly #all: Roster<ActiveRun>;
  readonly #tell: (result: HandlerRunResult) => void;
  #stopped = false;
  #told = false;
  #cancelLimit: (() => void) | undefined;

  /** It is one of `all` until it has ended. `tell` is called once, with what counts as its result. */
  constructor(abort: RunAbort, all: Roster<ActiveRun>, tell: (result: HandlerRunResult) => void) {
    this.#abort = abort;
    this.#all = all;
    this.#tell = tell;
    all.add(this);
  }

  /** Runs it to its end. */
  async follow(
    invoke: HandlerFunction,
    data: unknown,
    context: unknown,
    refusesStreamsOf: string | undefined,
  ): Promise<HandlerRunResult> {
    try {
      const value = await invoke(data, context);
      if (refusesStreamsOf !== undefined) refuseUnrun(value, refusesStreamsOf);
      return this.#end({ kind: "returned", value });
    } catch (error) {
      // A run that fails after it was told to stop most likely failed because of that.
      return this.#end({ kind: this.#stopped ? "stopped" : "failed", error });
    }
  }

  /** After the time it has failed, unless it has ended. */
  limit(clock: Clock, seconds: number, label: string): void {
    if (this.#told) return;
    this.#cancelLimit = clock.after(seconds * 1000, () => {
      const error = new HandlerTimeoutError(label, seconds);
      this.#abort.abort(error);
      this.cut("failed", error);
    });
  }

  /** Gives it a result although it has not ended. */
  cut(kind: "failed" | "stopped", error: Error): void {
    this.#settle({ kind, error, ended: this.ended });
  }

  stop(error: Error): void {
    this.#stopped = true;
    this.#abort.abort(error);
  }

  #end(result: HandlerRunResult): HandlerRunResult {
    this.#all.delete(this);
    this.#settle(result);
    return result;
  }

  /** The first result counts. */
  #settle(result: HandlerRunResult): void {
    if (this.#told) return;
    this.#told = true;
    this.#cancelLimit?.();
    this.#tell(result);
  }
}

function outcomeOf(result: HandlerRunResult): Outcome {
  if (result.kind === "returned") return acknowledge;
  return result.kind === "stopped" ? requeue : outcomeOfError(result.error);
}

function stoppingError(): ServiceError {
  return new ServiceError("ERR_SERVICE_STOPPING", "The service is stopping, and its grace period is over.");
}
