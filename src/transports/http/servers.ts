/** The servers of a run. Services with the same address share one. */
import { isDeepStrictEqual } from "node:util";
import { ConfigurationError } from "../../service/errors.ts";
import type { ServiceContext } from "../../service/transport.ts";
import type { ResolvedServer } from "./resolve-options.ts";
import { HttpServer } from "./server.ts";

const key = Symbol("tomodachi.http.servers");

interface Shared {
  readonly server: HttpServer;
  readonly options: ResolvedServer;
  /** The service that used the address first. */
  readonly service: string;
}

/**
 * Returns the server of an address. Port 0 is any free port, so each service gets its own server. @throws ConfigurationError if two
 * services differ
 */
export function serverFor({ shared, name, logger }: ServiceContext, options: ResolvedServer): HttpServer {
  if (options.port === 0 || !options.listen) return new HttpServer({ server: options, logger });
  const servers = serversOf(shared);
  const address = `${options.host}:${options.port}`;
  const known = servers.get(address);
  if (!known) {
    const server = new HttpServer({ server: options, logger });
    servers.set(address, { server, options, service: name });
    return server;
  }
  refuseDifference(known, options, name);
  return known.server;
}

function serversOf(shared: ServiceContext["shared"]): Map<string, Shared> {
  const known = shared.get(key) as Map<string, Shared> | undefined;
  if (known) return known;
  const servers = new Map<string, Shared>();
  shared.set(key, servers);
  return servers;
}

function refuseDifference({ options, service }: Shared, other: ResolvedServer, name: string): void {
  const { limits, ...plain } = options;
  const { limits: otherLimits, ...otherPlain } = other;
  const one = { ...plain, ...limits };
  const two = { ...otherPlain, ...otherLimits };
  const names = Object.keys(one) as (keyof typeof one)[];
  const different = names.filter((option) => !isDeepStrictEqual(one[option], two[option]));
  if (different.length === 0) return;
  throw new ConfigurationError(
    `The services "${service}" and "${name}" share the port ${options.host}:${options.port}, but differ in options.http: ${different.join(", ")}. Write the same values in both, or give one of them another port.`,
  );
}
