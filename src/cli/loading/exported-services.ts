/** Finds the services in the exports of a module. If it has none, the error says what it exports. */
import { readFileSync } from "node:fs";
import { isFactory, type NamedSource, otherCopyProblem } from "../../service/create-services.ts";
import { registrationsOf } from "../../service/registry.ts";
import { isServiceClass, Service, type ServiceClass } from "../../service/service.ts";
import { LoadError } from "../common/errors.ts";

type Exports = readonly (readonly [name: string, value: unknown])[];

/**
 * The services among a module's exports, each once, in the order of the source: classes that extend Service, and instances of them. If the
 * default export is a function, it creates the services, and the other exports are ignored.
 *
 * @throws LoadError that says what is exported instead
 */
export function servicesIn(namespace: object, file: string): NamedSource[] {
  const source = readFileSync(file, "utf8");
  const exported = flattened(namespace).sort(([a], [b]) => position(a, source) - position(b, source));
  const services = new Set(exported.map(([, value]) => value).filter(isService));
  const factory = exported.find(([name, value]) => name === "default" && isFactory(value))?.[1];
  // If the file also exports services, a default function with parameters is only a helper.
  if (isFactory(factory) && (factory.length === 0 || services.size === 0)) {
    return [{ source: factory, label: `The service factory of ${file}` }];
  }
  if (services.size === 0) throw noService(exported, file, source);
  return [...services].map((service) => ({ source: service }));
}

/** Removes classes that other classes in the list extend, and classes with an instance in the list: they do not run themselves. */
export function withoutBases(sources: readonly NamedSource[]): NamedSource[] {
  const known = new Set<unknown>();
  const first = sources.filter(({ source }) => !known.has(source) && known.add(source));
  return first.filter(
    ({ source: base }) =>
      !isServiceClass(base) || !first.some(({ source }) => source !== base && isMadeOf(source, base)),
  );
}

function isMadeOf(source: unknown, base: ServiceClass): boolean {
  return source instanceof base || (isServiceClass(source) && source.prototype instanceof base);
}

function isService(value: unknown): boolean {
  return isServiceClass(value) || value instanceof Service;
}

/** The exports of a module by name. In a CommonJS module they may be only under `default`, even twice. */
function flattened(namespace: object): [name: string, value: unknown][] {
  const found = new Map<string, unknown>();
  const add = (holder: object, depth: number): void => {
    for (const [name, value] of Object.entries(holder)) {
      const nested = name === "default" || name === "module.exports";
      if (nested && isPlainObject(value) && depth < 2) add(value, depth + 1);
      else if (name !== "module.exports" && !found.has(name)) found.set(name, value);
    }
  };
  add(namespace, 0);
  found.delete("__esModule");
  return [...found];
}

/** An instance of a service that is exported as default is not a list of exports. */
function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Service);
}

/** The position where a name first occurs in the source. It is needed because a module's own list of exports is sorted by name. */
function position(name: string, source: string): number {
  const found = source.search(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`));
  return found === -1 ? source.length : found;
}

function noService(exported: Exports, file: string, source: string): Error {
  const foreign = exported.map(([, value]) => otherCopyProblem(value)).find((problem) => problem !== undefined);
  if (foreign) return foreign;
  const names = exported.map(([name]) => name).join(", ");
  const what = names === "" ? "it exports nothing" : `it exports: ${names}`;
  return new LoadError(
    "ERR_SERVICE_NONE",
    `No service is exported from ${file}; ${what}. ${cureFor(exported, source)}`,
  );
}

function cureFor(exported: Exports, source: string): string {
  for (const [name, value] of exported) {
    if (typeof value === "function" && registrationsOf(value).length > 0) {
      return `${name} has decorated methods but does not extend Service: write \`export class ${name} extends Service\`.`;
    }
    if (value instanceof Promise)
      return `${name} is a promise: export a function instead, \`export default async () => ...\`.`;
  }
  const factory = exported.find(([, value]) => isFactory(value))?.[0];
  if (factory !== undefined) {
    return `If the function ${factory} creates the service, make it the default export: \`export default ${factory};\`.`;
  }
  const hidden = /\bclass\s+([\w$]+)\s+extends\s+[\w$.]*Service\b/.exec(source)?.[1];
  if (hidden !== undefined) return `The class ${hidden} is not exported: write \`export class ${hidden}\`.`;
  return "Write `export class Orders extends Service { ... }`, or `export default defineService({ ... })`.";
}
