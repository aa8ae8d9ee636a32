/** Creates service instances from instances, classes and factories. The error names a value that cannot be a service. */
import { inspect } from "node:util";
import { clauseOf, isError, isInstance, textMemberOf } from "../errors.ts";
import { systemClock } from "../util/clock.ts";
import { packageFolder } from "../util/package-folder.ts";
import { within } from "../util/within.ts";
import { ServiceError } from "./errors.ts";
import { isServiceClass, Service, type ServiceClass } from "./service.ts";

/**
 * A function that creates one or several services with everything they need. Export one as default from a service file, or pass it to
 * `runServices` or `startService`. It may take 60 seconds, in a test the `timeout` of `startService`.
 *
 * @example
 * ```ts
 * const createOrders: ServiceFactory = async () => new Orders(await openDatabase());
 * export default createOrders;
 * ```
 */
export type ServiceFactory<S extends Service = Service> = () => S | readonly S[] | Promise<S | readonly S[]>;

/** What a service is made from: an instance, a class without constructor parameters, or a factory. */
export type ServiceSource = Service | ServiceClass | ServiceFactory;

/** A source, and how messages name it. */
export interface NamedSource {
  readonly source: unknown;
  /** The name of a factory, such as `The service factory of app.ts`. @default the name of the function */
  readonly label?: string | undefined;
}

/** How long a factory may take, in milliseconds. Slower work belongs in `startService`. */
const factoryMs = 60_000;

/**
 * Creates the instances, one source after another, in their order.
 *
 * @throws ServiceError ERR_SERVICE_CONSTRUCTOR, ERR_SERVICE_CREATE, ERR_SERVICE_FACTORY, ERR_SERVICE_INVALID or ERR_SERVICE_OTHER_COPY
 */
export async function createServices(sources: readonly NamedSource[], limitMs: number = factoryMs): Promise<Service[]> {
  const services: Service[] = [];
  for (const { source, label } of sources) {
    if (isFactory(source)) services.push(...(await runFactory(source, label ?? labelOf(source), limitMs)));
    else services.push(instanceOf(source));
  }
  return services;
}

/** Whether a value is a function that is not a class. */
export function isFactory(value: unknown): value is ServiceFactory {
  return typeof value === "function" && !isClass(value);
}

/** The error for a value that extends the `Service` of another copy of the package; otherwise undefined. */
export function otherCopyProblem(value: unknown): ServiceError | undefined {
  const type = typeof value === "function" ? value : (value as object | null | undefined)?.constructor;
  if (typeof type !== "function" || type === Service || type.prototype instanceof Service) return undefined;
  // A bundler that joins two copies of the package names the second class Service2.
  if (!ancestorsOf(type).some(({ name }) => /^Service\d*$/.test(name))) return undefined;
  return new ServiceError(
    "ERR_SERVICE_OTHER_COPY",
    `${type.name || "The class"} extends a Service that does not belong to this copy of tomodachi (${ownPlace()}). Two copies are installed, or Service comes from another package. \`npm ls tomodachi\` shows the copies. Keep one (\`npm dedupe\`), and import Service from "tomodachi".`,
  );
}

function instanceOf(source: unknown): Service {
  if (source instanceof Service) return source;
  if (isServiceClass(source)) return construct(source);
  throw otherCopyProblem(source) ?? invalid(source);
}

function construct(type: ServiceClass): Service {
  if (takesParameters(type)) {
    throw new ServiceError(
      "ERR_SERVICE_CONSTRUCTOR",
      `The service class ${type.name} cannot be created: its constructor takes parameters, and tomodachi has no values for them. Pass an instance (new ${type.name}(...)), or a factory. In a service file: \`export default async () => new ${type.name}(await openDatabase());\`.`,
    );
  }
  try {
    return new type();
  } catch (error) {
    throw new ServiceError(
      "ERR_SERVICE_CREATE",
      `The service class ${type.name} cannot be created: its constructor threw ${described(error)}. Connect to other systems in startService(), not in the constructor.`,
      { cause: error },
    );
  }
}

async function runFactory(factory: ServiceFactory, label: string, limitMs: number): Promise<readonly Service[]> {
  const fail = (problem: string, cause?: unknown): ServiceError =>
    new ServiceError("ERR_SERVICE_FACTORY", `${label} ${problem}`, { cause });
  if (factory.length > 0) {
    throw fail(
      "takes parameters, and tomodachi passes none. Write a function without parameters that creates what it needs.",
    );
  }
  const late = (): ServiceError =>
    fail(
      `did not return its services within ${limitMs / 1000} s. Find out what it waits for, and do slow work in startService().`,
    );
  let made: unknown;
  try {
    made = await within(Promise.resolve(factory()), limitMs, systemClock, late);
  } catch (error) {
    if (isInstance(error, ServiceError)) throw error;
    throw fail(`failed: ${described(error)}.`, error);
  }
  const list: readonly unknown[] = Array.isArray(made) ? made : [made];
  if (made === undefined || made === null || list.length === 0) {
    throw fail(
      `returned ${Array.isArray(made) ? "an empty array" : String(made)}. Return a service, or an array of services.`,
    );
  }
  return list.map((item) => {
    if (item instanceof Service) return item;
    if (isServiceClass(item)) return construct(item);
    throw (
      otherCopyProblem(item) ??
      fail(`returned ${shown(item)}, which is not a service. Return a service, or an array of services.`)
    );
  });
}

/** Whether the constructor has a parameter without a default value. It may be inherited. */
function takesParameters(type: { readonly length: number }): boolean {
  if (type.length > 0) return true;
  if (type === Service || type === Function.prototype) return false;
  // A compiler writes a constructor that passes all its arguments on, for a class without one.
  const source = sourceOf(type);
  const hasOwn = /\bconstructor\s*\(/.test(source) && !/\bsuper\(\.\.\./.test(source);
  return !hasOwn && takesParameters(Object.getPrototypeOf(type) as { readonly length: number });
}

function isClass(value: object): boolean {
  return /^class\b/.test(sourceOf(value));
}

function sourceOf(value: object): string {
  return Function.prototype.toString.call(value);
}

function ancestorsOf(type: unknown): { readonly name: string }[] {
  const parent: unknown = Object.getPrototypeOf(type);
  return typeof parent === "function" && parent !== Function.prototype
    ? [parent as { readonly name: string }, ...ancestorsOf(parent)]
    : [];
}

function labelOf({ name }: { readonly name: string }): string {
  return name === "" ? "A service factory" : `The service factory ${name}`;
}

function invalid(value: unknown): ServiceError {
  return new ServiceError(
    "ERR_SERVICE_INVALID",
    `${shown(value)} is not a service. Pass a class that extends Service, an instance of it, or a factory: a function that creates it.`,
  );
}

function shown(value: unknown): string {
  if (typeof value === "function" && isClass(value)) return `The class ${value.name}, which does not extend Service,`;
  if (value instanceof Promise) return "A promise (await it first)";
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 80);
}

function described(error: unknown): string {
  const name = isError(error) ? textMemberOf(error, "name") : undefined;
  return name === undefined ? clauseOf(error) : `${name}: ${clauseOf(error)}`;
}

/** Where this copy of the package is, for a message. */
function ownPlace(): string {
  return packageFolder(import.meta.url);
}
