/** `@opentelemetry/api`, an optional peer: whether anything is registered with it, and the package itself, loaded late. */
import { memberOf } from "../errors.ts";

export type OpenTelemetry = typeof import("@opentelemetry/api");

/**
 * Where every copy of version 1 of the package keeps what an SDK registered (its `internal/global-utils`). Looking there costs
 * nothing; importing the package costs a start some 10 ms.
 */
const registry = Symbol.for("opentelemetry.js.api.1");

/** Whether a tracer provider or a propagator is registered in this process. */
export function isRegistered(): boolean {
  const registered: unknown = Reflect.get(globalThis, registry);
  return memberOf(registered, "trace") !== undefined || memberOf(registered, "propagation") !== undefined;
}

/** Whether a meter provider is registered. */
export function hasMeter(): boolean {
  return memberOf(Reflect.get(globalThis, registry), "metrics") !== undefined;
}

/** Rejects when the package is not installed where this one finds it. */
export function loadOpenTelemetry(): Promise<OpenTelemetry> {
  return import("@opentelemetry/api");
}
