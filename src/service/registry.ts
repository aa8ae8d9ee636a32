/** What decorators store on a class, under both decorator forms, and how it is read. */
import { ServiceError } from "./errors.ts";
import type { ServiceInstance } from "./instance.ts";
import type { TransportDefinition } from "./transport.ts";

// TypeScript's output needs the symbol to exist before a decorated class is evaluated; esbuild's falls back to exactly this one.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for("Symbol.metadata");
const metadataKey: symbol = (Symbol as unknown as { readonly metadata: symbol }).metadata;
const handlersKey = Symbol.for("tomodachi.handlers");

/** What calls a method: a transport and this trigger's options for it. */
export interface Trigger<Options = unknown> {
  readonly transport: TransportDefinition<Options>;
  readonly options: Options;
  /** As a user would write it, for messages: `@amqp("order.paid")`. */
  readonly label: string;
}

/** One trigger on one method. */
export interface Registration {
  readonly method: string;
  readonly trigger: Trigger;
}

/** The part of a standard decorator's context that is needed here. */
export interface MethodContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  readonly metadata?: object | undefined;
}

type Holder = Record<symbol, unknown>;

/** How a method decorator treats its arguments: the second one distinguishes the standard form from `experimentalDecorators`. */
export function registerDecorated(target: unknown, second: unknown, trigger: Trigger): void {
  if (typeof second === "object" && second !== null) registerStandard(second as MethodContext, trigger);
  else if (typeof target === "function") throw wrongPlace(trigger, `a static method ("${String(second)}")`);
  else registerOnPrototype(target as object, String(second), trigger);
}

function registerStandard(context: MethodContext, trigger: Trigger): void {
  const { kind, name } = context;
  if (kind !== "method") throw wrongPlace(trigger, `a ${kind} ("${String(name)}")`);
  if (context.static) throw wrongPlace(trigger, `a static method ("${String(name)}")`);
  if (context.private) throw wrongPlace(trigger, `a #private method ("${String(name)}")`);
  if (!context.metadata) {
    throw new ServiceError(
      "ERR_DECORATOR_METADATA",
      `${trigger.label} got no decorator metadata: import "tomodachi" before the class is evaluated, and compile with TypeScript 5.2 or esbuild 0.21 or later.`,
    );
  }
  push(context.metadata as Holder, { method: String(name), trigger });
}

/** Registers on a class's prototype: the `experimentalDecorators` form, and `defineService`. */
export function registerOnPrototype(prototype: object, method: string, trigger: Trigger): void {
  const type = prototype.constructor as unknown as Holder;
  if (!Object.hasOwn(type, metadataKey)) {
    const parent = Object.getPrototypeOf(type) as Holder | null;
    const value = Object.create((parent?.[metadataKey] as object | undefined) ?? null);
    Object.defineProperty(type, metadataKey, { value, configurable: true, writable: true });
  }
  push(type[metadataKey] as Holder, { method, trigger });
}

/**
 * A class's registrations in source order, its parents' first. A method that is overridden without a decorator keeps its
 * parent's; one that is decorated again replaces them. Of several decorators on one method the top one comes first.
 */
export function registrationsOf(type: unknown): Registration[] {
  const byMethod = new Map<string, Registration[]>();
  for (const list of listsOf(type)) {
    const own = new Map<string, Registration[]>();
    for (const registration of list) {
      const registrations = own.get(registration.method);
      // Decorators run from the bottom up.
      if (registrations) registrations.unshift(registration);
      else own.set(registration.method, [registration]);
    }
    for (const [method, registrations] of own) byMethod.set(method, registrations);
  }
  return [...byMethod.values()].flat();
}

/** What one kind of transport does for a service: by its own triggers, and by those that triggers of other transports bring along. */
export function registrationsFor(service: ServiceInstance, transport: string): Registration[] {
  const all = registrationsOf(service.constructor).flatMap((registration) => withBrought(registration, service));
  return all.filter(({ trigger }) => trigger.transport.name === transport);
}

/** A registration, and those that its trigger brings. */
export function withBrought({ method, trigger }: Registration, service: ServiceInstance): Registration[] {
  const brought = trigger.transport.brings?.({ method, ...trigger }, service) ?? [];
  return [trigger, ...(brought as readonly Trigger[])].map((one) => ({ method, trigger: one }));
}

function listsOf(type: unknown): Registration[][] {
  const lists: Registration[][] = [];
  let metadata = (type as Holder)[metadataKey] as object | null | undefined;
  while (metadata) {
    if (Object.hasOwn(metadata, handlersKey)) lists.unshift((metadata as Holder)[handlersKey] as Registration[]);
    metadata = Object.getPrototypeOf(metadata) as object | null;
  }
  return lists;
}

function push(holder: Holder, registration: Registration): void {
  if (!Object.hasOwn(holder, handlersKey)) Object.defineProperty(holder, handlersKey, { value: [] });
  (holder[handlersKey] as Registration[]).push(registration);
}

function wrongPlace(trigger: Trigger, place: string): ServiceError {
  return new ServiceError(
    "ERR_DECORATOR_PLACE",
    `${trigger.label} can decorate only a public instance method, not ${place}.`,
  );
}
