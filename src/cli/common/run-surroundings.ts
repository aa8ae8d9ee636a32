/** Why a run may not start the embedded broker: production, a named broker, no terminal. */
import type { Service } from "../../service/service.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The default port of a broker, where services look for one. */
export const defaultBrokerPort = 5672;

/** The choice of the broker, by `--broker` or its variable. */
export type BrokerChoice =
  | { readonly kind: "unsaid" | "auto" | "embedded" }
  | { readonly kind: "url"; readonly url: string };

export interface Surroundings {
  readonly production: boolean;
  readonly choice: BrokerChoice;
  readonly environment: Environment;
  readonly services: readonly Service[];
  /** Whether standard input is a terminal: then a person started this. */
  readonly terminal: boolean;
}

/** Why this is not development, as a clause; undefined if it is development. */
export function signOfProduction(production: boolean, environment: Environment): string | undefined {
  const { NODE_ENV: mode, KUBERNETES_SERVICE_HOST: kubernetes } = environment;
  if (production) return "--production is on";
  if (mode === "production") return 'NODE_ENV is "production"';
  if (kubernetes) return "this runs in Kubernetes";
  return undefined;
}

/** Why this run may not start the embedded broker, as a clause after "because"; undefined if it may. */
export function reasonAgainstEmbedded(surroundings: Surroundings): string | undefined {
  const { production, choice, environment, services, terminal } = surroundings;
  const sign = signOfProduction(production, environment);
  if (sign !== undefined) return sign;
  if (choice.kind === "embedded") return undefined;
  if (choice.kind === "url") return "--broker names a broker";
  const named = namedBroker(services, environment);
  if (named !== undefined) return `${named} names a broker`;
  if (choice.kind === "unsaid" && !terminal) return noTerminal;
  return undefined;
}

/** A reason that a user can change: the message only says how. */
export const noTerminal = "standard input is not a terminal (--broker auto starts it anyway)";

/** The option or variable that names a host, a port or a URL; undefined if there is none. */
function namedBroker(services: readonly Service[], environment: Environment): string | undefined {
  const variable = ["URL", "HOST", "PORT"].map((part) => `TOMODACHI_AMQP_${part}`).find((name) => environment[name]);
  if (variable !== undefined) return variable;
  for (const { name, options } of services) {
    // The options are not checked yet: a service file may contain any value.
    const { amqp } = (options ?? {}) as { readonly amqp?: Readonly<Record<string, unknown>> | null };
    const field = ["url", "host", "port", "hosts"].find((key) => isGiven(amqp?.[key]));
    if (field !== undefined) return `options.amqp.${field} of the service "${name}"`;
  }
  return undefined;
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Services look on RabbitMQ's port unless they are told otherwise. */
export function onPort(port: number, environment: Environment): Environment {
  return port === defaultBrokerPort ? environment : { ...environment, TOMODACHI_AMQP_PORT: String(port) };
}

/**
 * Variables that send every service to this URL. What the URL names overrides every variable and the options of the services. A user name,
 * password or virtual host that it does not contain may still come from its variable.
 */
export function environmentFor(url: string, environment: Environment): Environment {
  const { username, password, pathname } = new URL(url);
  return {
    ...environment,
    TOMODACHI_AMQP_URL: url,
    TOMODACHI_AMQP_HOST: undefined,
    TOMODACHI_AMQP_PORT: undefined,
    ...(username && { TOMODACHI_AMQP_USERNAME: undefined }),
    ...(password && { TOMODACHI_AMQP_PASSWORD: undefined }),
    ...(pathname.length > 1 && { TOMODACHI_AMQP_VHOST: undefined }),
  };
}

/** For a command that asks the broker of the services. The default is the broker of runs on this machine, on the port in their variable. */
export function environmentToAsk(
  services: readonly Service[],
  url: string | undefined,
  given: Environment,
): Environment {
  if (url !== undefined) return environmentFor(url, given);
  const { TOMODACHI_BROKER_PORT: port } = given;
  return port && namedBroker(services, given) === undefined ? onPort(Number(port), given) : given;
}
