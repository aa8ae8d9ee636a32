/** Calls of OpenTelemetry that must not harm a message: they run processors, samplers and propagators of other authors. */
import type { Context, Span } from "@opentelemetry/api";
import { clauseOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { attributesOfException, errorTypeOf } from "./attributes.ts";
import type { OpenTelemetry } from "./opentelemetry.ts";

/** Calls whose first error is logged. */
export class Attempts {
  readonly #logger: Logger;
  readonly #loss: string;
  #told = false;

  /** `loss` says what is missing when a call throws. */
  constructor(logger: Logger, loss: string) {
    this.#logger = logger;
    this.#loss = loss;
  }

  /** Undefined when it throws. */
  attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.tell(error);
      return undefined;
    }
  }

  tell(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.#logger.warn(
      { err: error },
      `OpenTelemetry failed (${clauseOf(error)}), so ${this.#loss} are missing. Messages are still handled`,
    );
  }
}

export class Guard {
  readonly #api: OpenTelemetry;
  readonly #attempts: Attempts;

  constructor(api: OpenTelemetry, logger: Logger) {
    this.#api = api;
    this.#attempts = new Attempts(logger, "spans");
  }

  /** Undefined when it throws. The first failure of a run is logged. */
  attempt<T>(act: () => T): T | undefined {
    return this.#attempts.attempt(act);
  }

  /** Ends a span, after its last data; it ends even if that fails. */
  end(span: Span, last: () => void): void {
    this.attempt(last);
    this.attempt(() => span.end());
  }

  /** Runs work once with a context active, even if the context manager fails. */
  runIn<T>(active: Context, work: () => T): T {
    let began = false;
    try {
      return this.#api.context.with(active, () => {
        began = true;
        return work();
      });
    } catch (error) {
      if (began) throw error;
      this.#attempts.tell(error);
      return work();
    }
  }
}

/** The span has failed; what was thrown is an event of it. */
export function fail({ SpanStatusCode }: OpenTelemetry, span: Span, error: unknown): void {
  const exception = attributesOfException(error);
  span.addEvent("exception", exception);
  span.setAttribute("error.type", errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: String(exception["exception.message"]).slice(0, 1000) });
}
