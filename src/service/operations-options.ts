/** The options of the operations port, from services and the environment, resolved for a whole run. */
import { type FieldChecks, integer, plainText, rightFields } from "../util/check-fields.ts";
import { isOfKubernetes } from "../util/unknown-variables.ts";
import { ConfigurationError } from "./errors.ts";

/** One port for all services of a run. Services that set the same option must set the same value. */
export interface OperationsOptions {
  /**
   * The port that answers `/live`, `/ready`, `/health` and `/metrics`. 0 is any free port, which the log names. The variable
   * `TOMODACHI_OPERATIONS_PORT` overrides it.
   * @default none: no port is opened
   */
  readonly port?: number | undefined;
  /**
   * The address to listen on. Every client that reaches it can read the names of services, handlers and queues. The variable
   * `TOMODACHI_OPERATIONS_HOST` overrides it.
   * @default "127.0.0.1"
   */
  readonly host?: string | undefined;
  /**
   * The token for `POST /pause` and `POST /resume`, which a client sends as `Authorization: Bearer <token>`; at least 16 characters. The
   * variable `TOMODACHI_OPERATIONS_TOKEN` overrides it.
   * @default none: the port refuses pauses
   */
  readonly token?: string | undefined;
}

export interface ResolvedOperations {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const leastToken = 16;

const tokenCheck = {
  expected: `a string of at least ${leastToken} visible ASCII characters`,
  fits: (value: unknown): boolean =>
    typeof value === "string" && value.length >= leastToken && /^[\x21-\x7e]+$/.test(value),
  secret: true,
};

export const operationsChecks: FieldChecks = {
  port: integer(0, 65_535),
  host: {
    expected: 'the name or address of a network interface, such as "127.0.0.1" or "0.0.0.0"',
    fits: (value) => plainText.fits(value) && /^[^/@\s]+$/.test(value as string),
  },
  token: tokenCheck,
};

/** Undefined if no port is set. @throws ConfigurationError for wrong variables, and for services with different values */
export function resolveOperations(
  services: readonly { readonly name: string; readonly options: object }[],
  environment: Environment,
): ResolvedOperations | undefined {
  const port = environmentPort(environment) ?? agreed(services, "port");
  if (port === undefined) return undefined;
  const host = environmentValue(environment, "host") ?? agreed(services, "host") ?? "127.0.0.1";
  return { port, host, token: environmentValue(environment, "token") ?? agreed(services, "token") };
}

/** The log message if options are set but no port is; otherwise undefined. */
export function settingsWithoutPort(
  services: readonly { readonly name: string; readonly options: object }[],
  environment: Environment,
): string | undefined {
  const said = (["host", "token"] as const).flatMap((name) => {
    const variable = `TOMODACHI_OPERATIONS_${name.toUpperCase()}`;
    const isGiven = services.some(({ options }) => givenIn(options)?.[name] !== undefined);
    return [...(environment[variable] ? [variable] : []), ...(isGiven ? [`options.operations.${name}`] : [])];
  });
  // A wrong port is refused together with the other options.
  if (said.length === 0 || services.some(({ options }) => givenIn(options)?.["port"] !== undefined)) return undefined;
  const verb = said.length === 1 ? "is" : "are";
  return `${said.join(" and ")} ${verb} set, but no port is set, so the operations port is not opened. Set options.operations.port, TOMODACHI_OPERATIONS_PORT or --operations-port.`;
}

function givenIn(options: object): Partial<Record<string, unknown>> | undefined {
  const { operations } = (options ?? {}) as { readonly operations?: unknown };
  return typeof operations === "object" && operations !== null ? { ...operations } : undefined;
}

/** The options of the services that set any. Wrong values are left out, because the check of the service refuses them. */
function agreed<Name extends keyof OperationsOptions>(
  services: readonly { readonly name: string; readonly options: object }[],
  name: Name,
): OperationsOptions[Name] {
  const given = services.flatMap(({ name: service, options }) => {
    const { operations } = (options ?? {}) as { readonly operations?: OperationsOptions };
    const value = (rightFields(operations, operationsChecks) as OperationsOptions)[name];
    return value === undefined ? [] : [{ service, value }];
  });
  const [first] = given;
  const other = given.find(({ value }) => value !== first?.value);
  if (!first || !other) return first?.value;
  throw new ConfigurationError(
    `The services "${first.service}" and "${other.service}" have different values in options.operations.${name}, but a run has one operations port. Write the same value in both, or only in one.`,
  );
}

function environmentPort(environment: Environment): number | undefined {
  const name = "TOMODACHI_OPERATIONS_PORT";
  const given = environment[name];
  if (!given) return undefined;
  const port = /^\s*\d{1,5}\s*$/.test(given) ? Number(given) : -1;
  if (port >= 0 && port <= 65_535) return port;
  const cure = isOfKubernetes(name, given)
    ? " Kubernetes sets it for a service named tomodachi-operations: set `enableServiceLinks: false` in the pod, or rename that service."
    : "";
  throw new ConfigurationError(`${name} must be a port, 0 to 65535, but "${given}" was given.${cure}`);
}

function environmentValue(environment: Environment, name: "host" | "token"): string | undefined {
  const variable = `TOMODACHI_OPERATIONS_${name.toUpperCase()}`;
  const given = environment[variable] || undefined;
  const check = operationsChecks[name];
  if (given === undefined || check?.fits(given)) return given;
  throw new ConfigurationError(`${variable} must be ${check?.expected}.`);
}
