/** Loads the transports that services use, before anything creates them. */
import { type Registration, registrationsOf, withBrought } from "./registry.ts";
import type { Service } from "./service.ts";
import type { TransportDefinition } from "./transport.ts";

/** Rejects with the error of a transport that cannot be loaded. */
export async function loadTransports(services: readonly Service[]): Promise<void> {
  const used = new Set(services.flatMap(usedBy));
  await Promise.all([...used].map(load));
}

/** The check of the definition reports a `load` that is not a function. */
async function load(definition: TransportDefinition<unknown> | undefined): Promise<void> {
  if (typeof definition?.load === "function") await definition.load();
}

function usedBy(service: Service): readonly (TransportDefinition<unknown> | undefined)[] {
  const { transports } = service;
  const listed: readonly unknown[] = Array.isArray(transports) ? transports : [];
  const registrations = registrationsOf(service.constructor).flatMap((one) => registrationsBy(one, service));
  return [
    ...(listed as readonly TransportDefinition<unknown>[]),
    ...registrations.map(({ trigger }) => trigger.transport),
  ];
}

/** A trigger with wrong options may be unable to say what it brings. The check of the handlers reports its problem. */
function registrationsBy(registration: Registration, service: Service): readonly Registration[] {
  try {
    return withBrought(registration, service);
  } catch {
    return [registration];
  }
}
