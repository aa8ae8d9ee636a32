/** Checks that a transport keeps the contract, as far as that can be seen from outside. A transport may be written without types. */
import { textOf } from "../errors.ts";
import { ServiceError } from "./errors.ts";
import type { Transport, TransportDefinition } from "./transport.ts";

const required = ["add", "start", "describe", "health", "drain", "close"] as const;

/** @throws ServiceError ERR_TRANSPORT_INVALID */
export function requireDefinition(value: unknown): void {
  const { name, create, load } = (value ?? {}) as Partial<TransportDefinition<unknown>>;
  if (typeof create !== "function") {
    throw invalid(
      `${textOf(value)} is not a transport definition: it has no create(). Write an object { name, create }`,
    );
  }
  if (load !== undefined && typeof load !== "function") {
    throw invalid(
      `load of the transport ${JSON.stringify(name)} is not a function. Write load() { ... }, or leave it out`,
    );
  }
  if (typeof name !== "string" || !/^[a-z][A-Za-z0-9]*$/.test(name) || name === "terminationGracePeriodSeconds") {
    throw invalid(
      `The name of a transport is also its group in a service's options, and ${JSON.stringify(name)} cannot be one. Write a word in camelCase, such as "files"`,
    );
  }
}

/** @throws ServiceError ERR_TRANSPORT_INVALID */
export function requireTransport<Options, T extends Transport<Options>>(name: string, transport: T): T {
  const members = (transport ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const missing = required.filter((method) => typeof members[method] !== "function");
  if (missing.length === 0) return transport;
  const list = missing.map((method) => `${method}()`).join(", ");
  throw invalid(`create() of the transport "${name}" returned an object that has no ${list}. Implement Transport`);
}

/** @throws ServiceError ERR_TRANSPORT_NAME */
export function refuseSameName(service: string, name: string): never {
  throw new ServiceError(
    "ERR_TRANSPORT_NAME",
    `The service "${service}" uses two different transports that are both named "${name}". They would share one group of options. Rename one, or, if both are the same package, install it once.`,
  );
}

function invalid(problem: string): ServiceError {
  return new ServiceError("ERR_TRANSPORT_INVALID", `${problem}.`);
}
