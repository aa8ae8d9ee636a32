/** Checks names in a test at once, so that a misspelled name is reported immediately and not after a timeout. */
import { registrationsOf } from "../service/registry.ts";
import type { Service } from "../service/service.ts";
import { closest } from "../util/closest.ts";
import { TestingError } from "./errors.ts";

/** Throws when none of the services has a handler of this name. */
export function requireHandler(services: readonly Service[], name: string): void {
  const known = services.flatMap((service) => registrationsOf(service.constructor).map(({ method }) => method));
  if (!known.includes(name)) throw unknownName("handler", name, known);
}

/** The service of this name, or the first one; throws if there is none. */
export function serviceNamed<S extends Service>(services: readonly S[], name: string | undefined): S {
  const found = name === undefined ? services[0] : services.find((service) => service.name === name);
  if (found) return found;
  const known = services.map((service) => service.name);
  throw unknownName("service", name ?? "", known);
}

/** The error for an unknown name. */
export function unknownName(kind: string, name: string, known: readonly string[]): TestingError {
  const near = closest(name, known);
  const list = [...new Set(known)].map((one) => `"${one}"`).join(", ");
  return new TestingError(
    "ERR_TESTING_USAGE",
    `There is no ${kind} "${name}".${near === undefined ? "" : ` Did you mean "${near}"?`} ${list ? `Known: ${list}` : "None exists"}.`,
  );
}
