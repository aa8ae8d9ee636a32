/** Where a resolved value came from: found by resolving again without each thing that may have set it. */

/** What has set a value. */
export type Origin =
  | { readonly kind: "default" }
  /** The class of the service, or what `defineService` was given. */
  | { readonly kind: "code" }
  | { readonly kind: "variable"; readonly name: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Options of one group as they are resolved: names as users write them, and values. */
export type ResolvedValues = Readonly<Record<string, unknown>>;

export interface Resolving {
  /** The options of the service. */
  readonly options: unknown;
  readonly environment: Environment;
  /** Resolves as a start does; throws for what is wrong. */
  resolve(options: unknown, environment: Environment): ResolvedValues;
}

export interface ResolvedValue {
  readonly name: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/**
 * Uses the resolver itself, so that it cannot differ from a start.
 * @throws what the resolver throws for these options and variables
 */
export function resolvedWithOrigins(resolving: Resolving): readonly ResolvedValue[] {
  const { options, environment, resolve } = resolving;
  const values = resolve(options, environment);
  const variables = Object.keys(environment).filter((name) => name.startsWith("TOMODACHI_") && environment[name]);
  const without = variables.map((name) => ({
    name,
    values: attempt(resolving, options, { ...environment, [name]: undefined }),
  }));
  const withoutCode = attempt(resolving, {}, environment);
  return Object.entries(values).map(([name, value]) => {
    const variable = without.find((one) => isOther(one.values, name, value));
    if (variable) return { name, value, origin: { kind: "variable", name: variable.name } };
    const isOfCode = isNamed(options, name) || isOther(withoutCode, name, value);
    return { name, value, origin: { kind: isOfCode ? "code" : "default" } };
  });
}

/** Without one of two variables the rest may be invalid: then it is unknown. */
function attempt({ resolve }: Resolving, options: unknown, environment: Environment): ResolvedValues | undefined {
  try {
    return resolve(options, environment);
  } catch {
    return undefined;
  }
}

/** A value that is missing there is of a part that is missing as a whole. */
function isOther(values: ResolvedValues | undefined, name: string, value: unknown): boolean {
  return values !== undefined && Object.hasOwn(values, name) && !isSame(values[name], value);
}

function isNamed(options: unknown, name: string): boolean {
  return typeof options === "object" && options !== null && (options as ResolvedValues)[name] !== undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys({ ...a, ...b });
  return names.every((name) => isSame((a as ResolvedValues)[name], (b as ResolvedValues)[name]));
}
