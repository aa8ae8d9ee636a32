/** The environment variables that say where the broker is. */
import { isOfKubernetes, unknownVariables } from "../util/unknown-variables.ts";
import { AmqpConnectionError } from "./errors.ts";

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

const variables = {
  prefix: "TOMODACHI_AMQP_",
  known: ["URL", "HOST", "PORT", "USERNAME", "PASSWORD", "VHOST", "DECLARE"],
  aliases: { USER: "USERNAME", LOGIN: "USERNAME", PASS: "PASSWORD", VIRTUALHOST: "VHOST", VIRTUAL_HOST: "VHOST" },
};

/** The name or address of a host; a value that may be a URL with a password is refused. */
export function isHost(value: unknown): boolean {
  return typeof value === "string" && /^[^/@\s]+$/.test(value);
}

/** @throws AmqpConnectionError for a variable that is not read: the service would connect to another broker than was meant */
export function refuseUnknownVariables(environment: EnvironmentVariables): void {
  const unknown = unknownVariables(environment, variables);
  if (unknown.length === 0) return;
  const known = variables.known.map((part) => `${variables.prefix}${part}`).join(", ");
  throw wrong(
    `Nothing reads the environment variable ${unknown.join(", ")}. Correct it, or unset it. Known: ${known}.`,
  );
}

/** Never shows it: it may be a URL with a password. */
export function environmentHost(environment: EnvironmentVariables): string | undefined {
  const given = environment["TOMODACHI_AMQP_HOST"] || undefined;
  if (given === undefined || isHost(given)) return given;
  throw wrong(
    'TOMODACHI_AMQP_HOST must be the name or address of a host, such as "rabbit.example"; a URL goes into TOMODACHI_AMQP_URL.',
  );
}

export function environmentPort(environment: EnvironmentVariables): number | undefined {
  const given = environment["TOMODACHI_AMQP_PORT"];
  if (!given) return undefined;
  const port = /^\s*\d{1,5}\s*$/.test(given) ? Number(given) : 0;
  if (port >= 1 && port <= 65_535) return port;
  const name = "TOMODACHI_AMQP_PORT";
  const cure = isOfKubernetes(name, given)
    ? " Kubernetes sets it for a service named tomodachi-amqp: set `enableServiceLinks: false` in the pod, or rename that service."
    : "";
  // What has an "@" may be a URL with a password.
  const but = given.includes("@") ? "something else" : `"${given}"`;
  throw wrong(`${name} must be a port, 1 to 65535, but ${but} was given.${cure}`);
}

function wrong(message: string): AmqpConnectionError {
  return new AmqpConnectionError("ERR_AMQP_CONNECTION_OPTIONS", message);
}
