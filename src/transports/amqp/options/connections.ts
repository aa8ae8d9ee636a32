/** The connections of one service, by their names: the default one, and those of `options.amqp.connections`. */
import { ConfigurationError } from "../../../service/errors.ts";
import { closest } from "../../../util/closest.ts";
import { defaultConnection, type ResolvedAmqpOptions, resolveAmqpOptions, resolveNamedConnections } from "./options.ts";
import { refusePropagation } from "./propagated-headers.ts";

/** @throws ConfigurationError with everything that is wrong with the options of all connections */
export function resolveConnections(
  service: string,
  given: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  followsContext = true,
): ConnectionsByName<ResolvedAmqpOptions> {
  const first = resolveAmqpOptions(service, given, environment);
  const named = resolveNamedConnections(given).map((options) => [options.name as string, options] as const);
  const all = new ConnectionsByName(service, first, new Map(named));
  for (const { publishing } of all.all) refusePropagation(service, publishing.propagateHeaders, followsContext);
  return all;
}

/** Something for each connection of a service. */
export class ConnectionsByName<T> {
  readonly #service: string;
  readonly #default: T;
  readonly #named: ReadonlyMap<string, T>;

  constructor(service: string, first: T, named: ReadonlyMap<string, T>) {
    this.#service = service;
    this.#default = first;
    this.#named = named;
  }

  /** The default one first. */
  get all(): readonly T[] {
    return [this.#default, ...this.#named.values()];
  }

  map<U>(make: (of: T) => U): ConnectionsByName<U> {
    const named = [...this.#named].map(([name, of]) => [name, make(of)] as const);
    return new ConnectionsByName(this.#service, make(this.#default), new Map(named));
  }

  /**
   * By the option `connection`; undefined is the default one. `label` says whose option it is.
   * @throws ConfigurationError for a name that no connection has
   */
  get(connection: string | undefined, label: string): T {
    if (connection === undefined || connection === defaultConnection) return this.#default;
    const found = this.#named.get(connection);
    if (found !== undefined) return found;
    const names = [defaultConnection, ...this.#named.keys()];
    const meant = typeof connection === "string" ? closest(connection, names) : undefined;
    const cure = meant
      ? `Did you mean "${meant}"?`
      : `Its connections: ${names.join(", ")}. Add other connections to options.amqp.connections.`;
    throw new ConfigurationError(
      `${label}: options.connection is ${JSON.stringify(connection)}, and the service "${this.#service}" has no such connection. ${cure}`,
    );
  }
}
