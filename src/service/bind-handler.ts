/** A method of a service, bound to it, as its transport calls it. */
import { types } from "node:util";
import type { Logger } from "../log/logger.ts";
import { ServiceError } from "./errors.ts";
import type { Handler, HandlerFunction } from "./handler.ts";
import { observedCall, type RunObserver } from "./observer.ts";
import type { Registration } from "./registry.ts";
import type { Service } from "./service.ts";

export interface BindHandlerSettings {
  readonly service: Service;
  /** Bound to the service. */
  readonly logger: Logger;
  readonly observer: RunObserver | undefined;
}

/** @throws ServiceError ERR_DECORATOR_PLACE, ERR_HANDLER_KIND */
export function bindHandler(
  { method, trigger }: Registration,
  { service, logger, observer }: BindHandlerSettings,
): Handler<unknown> {
  const call = (service as unknown as Record<string, unknown>)[method];
  const label = `${trigger.label} ${service.name}.${method}`;
  if (typeof call !== "function") {
    throw new ServiceError("ERR_DECORATOR_PLACE", `${label}: "${method}" is not a method of the running service.`);
  }
  refuseKind(call, label);
  const bound = call.bind(service) as HandlerFunction;
  return {
    name: method,
    call: observedCall(observer, service, method, bound),
    options: trigger.options,
    label,
    logger: logger.child({ handler: method }),
  };
}

/** A generator function returns at once and runs nothing: every message would be acknowledged unhandled. */
function refuseKind(call: unknown, label: string): void {
  const isClass = /^class\b/.test(Function.prototype.toString.call(call));
  if (!isClass && !types.isGeneratorFunction(call)) return;
  throw new ServiceError(
    "ERR_HANDLER_KIND",
    `${label}: the handler is ${isClass ? "a class" : "a generator function (function*)"}, and calling it would not run it. Write a function or an async function.`,
  );
}
