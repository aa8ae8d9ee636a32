/** Passes the handlers of a service to the transports that call them, and checks both before anything connects. */
import { type BindHandlerSettings, bindHandler } from "./bind-handler.ts";
import type { HandlerTransport } from "./handler-pauses.ts";
import { type Registration, registrationsOf } from "./registry.ts";
import { checkOptions, listedTransports, refuseEmpty } from "./service-check.ts";
import type { ServiceTransports } from "./service-transports.ts";
import { StartProblems } from "./start-problems.ts";
import type { Transport, TransportDefinition } from "./transport.ts";

export interface AddedHandlers {
  /** The transports that have handlers: these are started. */
  readonly startable: readonly Transport<never>[];
  /** The handlers by name, each with the transports that call it. */
  readonly handlers: ReadonlyMap<string, readonly HandlerTransport[]>;
}

/** Throws one error with all problems of the options and handlers of the service. */
export function addHandlers(settings: BindHandlerSettings, transports: ServiceTransports): AddedHandlers {
  const { service } = settings;
  const problems = new StartProblems();
  const registrations = registrationsOf(service.constructor);
  const listed = listedTransports(service);
  const used = [...registrations.map(({ trigger }) => trigger.transport), ...listed];
  problems.collect(() => checkOptions(service, used));
  if (registrations.length === 0) problems.collect(() => refuseEmpty(service));
  const targets = new Map<unknown, Transport<unknown> | undefined>();
  for (const registration of registrations) {
    const { transport } = registration.trigger;
    if (!targets.has(transport)) targets.set(transport, transportOrChecker(transport, transports, problems));
    problems.collect(() => targets.get(transport)?.add(bindHandler(registration, settings)));
  }
  const startable = transports.made;
  for (const definition of listed) problems.collect(() => void transports.of(definition));
  problems.refuse();
  return { startable, handlers: transportsByHandler(registrations, transports) };
}

/** Where the options of a transport are wrong, one of those that are right: it checks handlers, and never starts. */
function transportOrChecker<Options>(
  definition: TransportDefinition<Options>,
  transports: ServiceTransports,
  problems: StartProblems,
): Transport<Options> | undefined {
  let transport: Transport<Options> | undefined;
  problems.collect(() => {
    transport = transports.of(definition);
  });
  return transport ?? transports.checkerOf(definition);
}

function transportsByHandler(
  registrations: readonly Registration[],
  transports: ServiceTransports,
): ReadonlyMap<string, readonly HandlerTransport[]> {
  const handlers = new Map<string, HandlerTransport[]>();
  for (const { method, trigger } of registrations) {
    const { name } = trigger.transport;
    const before = handlers.get(method) ?? [];
    if (before.some((one) => one.name === name)) continue;
    handlers.set(method, [...before, { name, transport: transports.of(trigger.transport) }]);
  }
  return handlers;
}
