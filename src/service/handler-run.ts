/** One run of a handler: its input from a transport, and its result. */
import type { RunAbort } from "./run-abort.ts";

/** What a transport passes to one run of a handler. */
export interface HandlerRun {
  /** The first argument of the handler. */
  readonly data: unknown;
  /** The whole message, for `context.message` and for middleware. @default the data */
  readonly message?: unknown;
  /** Members that the transport adds to the context. Middleware cannot replace them. @default none */
  readonly values?: object | undefined;
  /** Fields of each line that the run logs with `context.logger`. @default none */
  readonly logFields?: Readonly<Record<string, unknown>> | undefined;
  /** The time limit in seconds. After it the signal of the run aborts, and the run has failed. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /** The headers of a request that a client waits for. The run belongs to the trace of that client. @default a new trace */
  readonly requestHeaders?: Readonly<Record<string, unknown>> | undefined;
  /** With it the transport can abort the signal of the run, for example when a client has gone. @default one of its own @internal */
  readonly abort?: RunAbort | undefined;
}

/**
 * How a run ended. `failed`: the handler or a middleware threw, or the time limit passed (`HandlerTimeoutError`). `stopped`: the stop of
 * the service ended it, or it was requested after the stop began. Its work is not finished.
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
      /** Only if the stop did not wait for the handler: settles when it has really ended. */
      readonly ended?: Promise<unknown>;
    };
