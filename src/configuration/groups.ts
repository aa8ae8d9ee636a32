/** The groups of a service's options, each resolved as the start resolves it, under the names that users write. */
import { endpointText, type ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { operationsChecks, resolveOperations } from "../service/operations-options.ts";
import type { Service } from "../service/service.ts";
import {
  type ResolvedAmqpOptions,
  resolveAmqpOptions,
  resolveNamedConnections,
} from "../transports/amqp/options/options.ts";
import { resolveHttp } from "../transports/http/resolve-options.ts";
import { rightFields } from "../util/check-fields.ts";
import type { ResolvedValues, Resolving } from "./origin.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface OptionGroup extends Resolving {
  /** Where users write it: `options.amqp`. */
  readonly path: string;
}

/** As `ServiceOptions` documents them. */
const serviceDefaults = { terminationGracePeriodSeconds: 25, telemetry: "where an SDK is registered" };

/** Those that the service has something in, and that of AMQP where it has a handler or says something of it. */
export function groupsOf(service: Service, environment: Environment, hasHttp: boolean): readonly OptionGroup[] {
  const { name } = service;
  const options = (service.options ?? {}) as Readonly<Record<string, unknown>>;
  const { amqp, http, operations } = options;
  const groups: OptionGroup[] = [
    { path: "options", options, environment, resolve: (given, variables) => ownOptions(given, variables) },
    {
      path: "options.amqp",
      options: amqp,
      environment,
      resolve: (given, variables) => amqpValues(resolveAmqpOptions(name, given, variables)),
    },
  ];
  for (const [at, resolved] of resolveNamedConnections(amqp).entries()) {
    const own = (amqp as { readonly connections: Readonly<Record<string, unknown>> }).connections;
    groups.push({
      path: `options.amqp.connections.${resolved.name}`,
      options: own[resolved.name ?? ""],
      environment,
      resolve: (given) => {
        const only = { ...(amqp as object), connections: { [resolved.name ?? ""]: given } };
        return amqpValues(resolveNamedConnections(given === own[resolved.name ?? ""] ? amqp : only)[at] ?? resolved);
      },
    });
  }
  if (http !== undefined || hasHttp) {
    groups.push({
      path: "options.http",
      options: http,
      environment,
      resolve: (given, variables) => {
        const { server, ...rest } = resolveHttp(name, given, variables);
        const { limits, ...place } = server;
        return { ...place, ...limits, ...rest, plugins: rest.plugins.map(() => "(plugin)") };
      },
    });
  }
  groups.push({
    path: "options.operations",
    options: operations,
    environment,
    resolve: (given, variables) => {
      const right = { operations: rightFields(given, operationsChecks) };
      return { ...(resolveOperations([{ name, options: right }], variables) ?? { port: undefined }) };
    },
  });
  return groups;
}

function ownOptions(given: unknown, variables: Environment): ResolvedValues {
  const { terminationGracePeriodSeconds, telemetry, asyncContext } = (given ?? {}) as ResolvedValues;
  return {
    terminationGracePeriodSeconds: terminationGracePeriodSeconds ?? serviceDefaults.terminationGracePeriodSeconds,
    telemetry: variables["TOMODACHI_TELEMETRY"] ?? telemetry ?? serviceDefaults.telemetry,
    ...(asyncContext !== undefined && { asyncContext }),
  };
}

function amqpValues({
  connection,
  naming,
  topology,
  publishing,
  consuming,
  handling,
}: ResolvedAmqpOptions): ResolvedValues {
  const { profile, strict } = topology;
  const { exchange, queue } = topology.declare;
  // Where each option is, for messages about it.
  const { paths: _paths, ...consumed } = consuming;
  return {
    ...addressOf(connection),
    ...naming,
    topology: profile,
    strictTopology: strict,
    // As users write it.
    declare: exchange === queue ? queue : { exchange, queue },
    ...publishing,
    ...consumed,
    ...handling,
  };
}

function addressOf(connection: ResolvedConnectionOptions): ResolvedValues {
  const { endpoints, username, password, vhost, tls, mechanism, heartbeat, connectTimeoutSeconds } = connection;
  return {
    hosts: endpoints.map(endpointText),
    username,
    password,
    vhost,
    tls: tls ?? false,
    mechanism,
    heartbeat: `${heartbeat}s`,
    connectTimeoutSeconds,
  };
}
