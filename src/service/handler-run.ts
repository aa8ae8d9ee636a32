/** One run of a handler: its input from a transport, and its result. */
import type { RunAbort } from "./run-abort.ts";

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
 * of the service ended it, or it was requested after the stop began; its work is not finished.
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
