/** What keeps a run from starting the embedded broker: production, a named broker, no terminal. */
import type { Service } from "../../service/service.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a broker listens by default, and so where services look for one. */
export const defaultBrokerPort = 5672;

/** What was said about the broker, by `--broker` or its variable. */
export type BrokerChoice =
  | { readonly kind: "unsaid" | "auto" | "embedded" }
  | { readonly kind: "url"; readonly url: string };

export interface Surroundings {
  readonly production: boolean;
  readonly choice: BrokerChoice;
  readonly environment: Environment;
  readonly services: readonly Service[];
  /** Standard input is a terminal: a person started this. */
  readonly terminal: boolean;
}

/** The sign that this is not development, as a clause; undefined if it is development. */
export function signOfProduction(production: boolean, environment: Environment): string | undefined {
  const { NODE_ENV: mode, KUBERNETES_SERVICE_HOST: kubernetes } = environment;
  if (production) return "--production is on";
  if (mode === "production") return 'NODE_ENV is "production"';
  if (kubernetes) return "this runs in Kubernetes";
  return undefined;
}

/** Why this run may not start the embedded broker, as a clause for "because"; undefined when it may. */
export function hindranceOf(surroundings: Surroundings): string | undefined {
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

/** The reason for which the message only says how to change it. */
export const noTerminal = "standard input is not a terminal (--broker auto starts it anyway)";

/** What names a host, a port or a URL; undefined where nothing does. */
function namedBroker(services: readonly Service[], environment: Environment): string | undefined {
  const variable = ["URL", "HOST", "PORT"].map((part) => `TOMODACHI_AMQP_${part}`).find((name) => environment[name]);
  if (variable !== undefined) return variable;
  for (const { name, options } of services) {
    // Not checked yet: a service file may have put anything there.
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
 * Variables that send every service to this URL. What it names wins over every variable and over what services say
 * themselves; a user name, password or virtual host that it leaves open may still come from its variable.
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

/** For a command that asks the services' broker. The default is the broker of runs on this machine, on the port of their variable. */
export function environmentToAsk(
  services: readonly Service[],
  url: string | undefined,
  given: Environment,
): Environment {
  if (url !== undefined) return environmentFor(url, given);
  const { TOMODACHI_BROKER_PORT: port } = given;
  return port && namedBroker(services, given) === undefined ? onPort(Number(port), given) : given;
}
