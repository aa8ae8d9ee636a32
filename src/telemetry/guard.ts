/** Calls of OpenTelemetry that must not harm a message: they run processors, samplers and propagators of other authors. */
import type { Context, Span } from "@opentelemetry/api";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { attributesOfException, errorTypeOf } from "./attributes.ts";
import type { OpenTelemetry } from "./opentelemetry.ts";

export class Guard {
  readonly #api: OpenTelemetry;
  readonly #logger: Logger;
  #told = false;

  constructor(api: OpenTelemetry, logger: Logger) {
    this.#api = api;
    this.#logger = logger;
  }

  /** Undefined when it throws. The first failure of a run is logged. */
  attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  /** Runs work with a context active, once, whatever the context manager does. */
  runIn<T>(active: Context, work: () => T): T {
    let began = false;
    try {
      return this.#api.context.with(active, () => {
        began = true;
        return work();
      });
    } catch (error) {
      if (began) throw error;
      this.#tell(error);
      return work();
    }
  }

  #tell(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.#logger.warn(
      { err: error },
      `OpenTelemetry failed, so spans are missing; messages are handled all the same: ${messageOf(error)}`,
    );
  }
}

/** The span has failed; what was thrown is an event of it. */
export function fail({ SpanStatusCode }: OpenTelemetry, span: Span, error: unknown): void {
  const exception = attributesOfException(error);
  span.addEvent("exception", exception);
  span.setAttribute("error.type", errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: String(exception["exception.message"]).slice(0, 1000) });
}
