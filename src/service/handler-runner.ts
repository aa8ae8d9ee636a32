/**
 * HandlerRunner: runs the handlers of a transport with context, middleware and time limit, and ends the runs at a stop. A transport may
 * call `handler.call` itself instead. AMQP does so, because each object costs time for every message.
 */
import { ActiveRun } from "./active-run.ts";
import { ActiveRuns } from "./active-runs.ts";
import { followed } from "./current-context.ts";
import { ServiceError } from "./errors.ts";
import type { Handler, HandlerFunction } from "./handler.ts";
import type { HandlerRun, HandlerRunResult } from "./handler-run.ts";
import { compose, type MessageMiddleware } from "./middleware.ts";
import { acknowledge, type Outcome, outcomeOfError, requeue } from "./outcome.ts";
import { RunAbort } from "./run-abort.ts";
import { type CreateRunContext, createRunContext } from "./run-context.ts";
import type { ServiceContext } from "./transport.ts";

/** Runs a handler once. It never rejects. */
export type RunHandler = (run: HandlerRun) => Promise<HandlerRunResult>;

/** The options of a `HandlerRunner`. */
export interface HandlerRunnerOptions {
  /** What wraps each run. @default the service's messageMiddleware */
  readonly middleware?: readonly MessageMiddleware[] | undefined;
  /** true: a handler may return a stream or a generator object, and the transport reads it. @default false: such a run has failed */
  readonly returnsStream?: boolean | undefined;
  /** Makes the context of a run, for a transport with its own context class. @default an object with `values` @internal */
  readonly createContext?: CreateRunContext | undefined;
}

/** Runs handlers for one transport of one service. */
export class HandlerRunner {
  readonly #context: ServiceContext;
  readonly #middleware: readonly MessageMiddleware[];
  readonly #createContext: CreateRunContext;
  readonly #returnsStream: boolean;
  readonly #active = new ActiveRuns();
  #stopping = false;

  constructor(context: ServiceContext, options: HandlerRunnerOptions = {}) {
    this.#context = context;
    this.#middleware = options.middleware ?? context.messageMiddleware;
    this.#createContext = options.createContext ?? createRunContext;
    this.#returnsStream = options.returnsStream ?? false;
  }

  /** How many runs have not ended. Runs after their time limit count until their handler has ended. */
  get running(): number {
    return this.#active.size;
  }

  /** Combines middleware and handler into one function. Call it once for each handler, in `add`. */
  prepare(handler: Pick<Handler<unknown>, "name" | "call" | "label" | "logger">): RunHandler {
    const composed = compose(this.#middleware, handler.call);
    const invoke = this.#context.followsContext ? followed(composed) : composed;
    return (run) => this.#run(handler, invoke, run);
  }

  /**
   * Starts no more runs, and waits for those in progress. When `signal` aborts, the signals of the runs abort too, and runs that do not end
   * within a second are `stopped`. `Transport.drain` has to do no more than this for its runs.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    await this.#active.end(signal, stoppingError);
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
    // Each promise costs time in every request, so this function is not async.
    return new Promise((resolve) => {
      const run = new ActiveRun(abort, this.#active, (result) => {
        resolve(result);
        try {
          watched?.ended(result.kind === "returned" ? undefined : result.error);
          observer?.settled?.({ service, handler: name, context, outcome: outcomeOf(result) });
        } catch (error) {
          logger.error({ err: error }, "an observer of the end of a run failed; the run itself is not affected");
        }
      });
      const refusesStreamsOf = this.#returnsStream ? undefined : label;
      const begin = (): Promise<HandlerRunResult> => run.follow(invoke, data, context, refusesStreamsOf);
      run.ended = watched?.around ? watched.around(begin) : begin();
      if (timeoutSeconds !== undefined) run.limit(clock, timeoutSeconds, label);
    });
  }
}

function outcomeOf(result: HandlerRunResult): Outcome {
  if (result.kind === "returned") return acknowledge;
  return result.kind === "stopped" ? requeue : outcomeOfError(result.error);
}

function stoppingError(): ServiceError {
  return new ServiceError("ERR_SERVICE_STOPPING", "The service is stopping, and its grace period is over.");
}
