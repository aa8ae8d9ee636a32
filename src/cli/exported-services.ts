/** From what a module exports to the services in it, and what to say when there is none. */
import { readFileSync } from "node:fs";
import { registrationsOf } from "../service/registry.ts";
import { isServiceClass, type ServiceClass } from "../service/service.ts";
import { LoadError } from "./errors.ts";

type Exports = readonly (readonly [name: string, value: unknown])[];

/**
 * The service classes among a module's exports, each once, in the order of the source.
 *
 * @throws LoadError that says what is exported instead
 */
export function servicesIn(namespace: object, file: string): ServiceClass[] {
  const source = readFileSync(file, "utf8");
  const exported = flattened(namespace).sort(([a], [b]) => position(a, source) - position(b, source));
  const services = new Set(exported.map(([, value]) => value).filter((value) => isServiceClass(value)));
  if (services.size === 0) throw noService(exported, file, source);
  return [...services];
}

/** Leaves out classes that others in the list extend: they are there to be shared, not to run. */
export function withoutBases(services: readonly ServiceClass[]): ServiceClass[] {
  return services.filter((base) => !services.some((other) => other !== base && other.prototype instanceof base));
}

/** What a module exports by name; what a CommonJS module exports may stand under `default` alone, even twice. */
function flattened(namespace: object): [name: string, value: unknown][] {
  const found = new Map<string, unknown>();
  const add = (holder: object, depth: number): void => {
    for (const [name, value] of Object.entries(holder)) {
      const nested = name === "default" || name === "module.exports";
      if (nested && typeof value === "object" && value !== null && depth < 2) add(value, depth + 1);
      else if (name !== "module.exports" && !found.has(name)) found.set(name, value);
    }
  };
  add(namespace, 0);
  found.delete("__esModule");
  return [...found];
}

/** Where a name first stands in the source: a module's own list of exports is sorted by name. */
function position(name: string, source: string): number {
  const found = source.search(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`));
  return found === -1 ? source.length : found;
}

function noService(exported: Exports, file: string, source: string): LoadError {
  const names = exported.map(([name]) => name).join(", ");
  const what = names === "" ? "it exports nothing" : `it exports: ${names}`;
  return new LoadError(
    "ERR_SERVICE_NONE",
    `No Service class is exported from ${file}; ${what}. ${cureFor(exported, source)}`,
  );
}

function cureFor(exported: Exports, source: string): string {
  for (const [name, value] of exported) {
    if (typeof value === "function" && registrationsOf(value).length > 0) {
      return `${name} has decorated methods but does not extend Service: write \`export class ${name} extends Service\`.`;
    }
    if (typeof value === "object" && value !== null && isServiceClass(value.constructor)) {
      return `${name} is an instance: export its class.`;
    }
  }
  const hidden = /\bclass\s+([\w$]+)\s+extends\s+[\w$.]*Service\b/.exec(source)?.[1];
  if (hidden !== undefined) return `The class ${hidden} is not exported: write \`export class ${hidden}\`.`;
  return "Write `export class Orders extends Service { ... }`, or `export default defineService({ ... })`.";
}
