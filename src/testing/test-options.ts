/** Applies the options of a test to a service: its broker, its prefixes, and limits that suit a test. */
import { randomBytes } from "node:crypto";
import type { Service } from "../service/service.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import type { AmqpServiceOptions } from "../transports/amqp/index.ts";

export interface TestOptions {
  /** The URL of the broker; it overrides everything that the service sets. */
  readonly url: string;
  /** Added before the service's own prefixes of queues and routing keys; "" for none. */
  readonly prefix: string;
  /** The options of the test; they override those of the service. */
  readonly options: ServiceOptions;
}

/** A handler that never ends must not delay the end of a test by 25 seconds, the default in production. */
const graceSeconds = 1;
/** A test runner ends a test after 5 seconds and shows no reason, so a failed connection is reported earlier. */
const connectTimeoutSeconds = 3;

/** All options of a service that say where its broker is. */
const whereabouts: ReadonlySet<string> = new Set([
  "url",
  "host",
  "port",
  "hosts",
  "username",
  "password",
  "mechanism",
  "vhost",
  "tls",
]);

type Group = Readonly<Record<string, unknown>>;

/** A prefix that no other test has. It ends with a dot, so that it is one word of a routing key. */
export function uniquePrefix(): string {
  return `test-${randomBytes(5).toString("hex")}.`;
}

/** Replaces the options of an instance. The returned function restores the original ones. */
export function useTestOptions(service: Service, test: TestOptions): () => void {
  const own = Object.getOwnPropertyDescriptor(service, "options");
  const value = testOptions(service.options, test);
  Object.defineProperty(service, "options", { value, configurable: true, enumerable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(service, "options", own);
    else delete (service as Partial<Service>).options;
  };
}

/**
 * Removes the variables that would lead a service to another broker. What another tool declares in production, the service declares here,
 * unless the test says otherwise.
 */
export function testEnvironment(
  given: Readonly<Record<string, string | undefined>>,
  options: ServiceOptions | undefined,
): Readonly<Record<string, string | undefined>> {
  const kept = Object.entries(given).filter(([name]) => !name.startsWith("TOMODACHI_AMQP_"));
  const { declare } = groupOf(options ?? {});
  if (declare === undefined) kept.push(["TOMODACHI_AMQP_DECLARE", "true"]);
  return Object.fromEntries(kept);
}

function testOptions(own: ServiceOptions, { url, prefix, options }: TestOptions): ServiceOptions {
  // A value that is not an object is refused later, at the start.
  if (typeof own !== "object" || own === null) return own;
  const amqp: Group = { ...groupOf(own), connectTimeoutSeconds, ...groupOf(options) };
  const kept = Object.entries(amqp).filter(([name]) => !whereabouts.has(name) || keepsTls(name, amqp, url));
  const { routingKeyPrefix = "", queueNamePrefix = "" } = amqp as AmqpServiceOptions;
  return {
    ...own,
    terminationGracePeriodSeconds: graceSeconds,
    ...options,
    http: testHttp(own, options),
    amqp: {
      ...Object.fromEntries(kept),
      url,
      routingKeyPrefix: prefix + routingKeyPrefix,
      queueNamePrefix: prefix + queueNamePrefix,
      ...testConnections(amqp, { url, prefix }),
    },
  } as ServiceOptions;
}

/** Requests come through `app.http` and not through a port, unless the test sets a port or `listen`. */
function testHttp(own: ServiceOptions, options: ServiceOptions): unknown {
  const given = own.http ?? {};
  // A value that is not an object is refused later, at the start.
  if (typeof given !== "object") return given;
  return { ...given, listen: options.http?.port !== undefined, ...options.http };
}

/** Named connections also lead to the broker of the test. Each gets its own prefix, which keeps its messages separate. */
function testConnections(amqp: Group, { url, prefix }: Pick<TestOptions, "url" | "prefix">): Group {
  const { connections, ...service } = amqp as AmqpServiceOptions;
  // A value that is not an object is refused later, at the start.
  if (typeof connections !== "object" || connections === null) return {};
  const entries = Object.entries(connections).map(([name, own]): [string, unknown] => {
    if (typeof own !== "object" || own === null) return [name, own];
    const kept = Object.entries(own).filter(([option]) => !whereabouts.has(option));
    const named = `${prefix}${name}.`;
    const { routingKeyPrefix = service.routingKeyPrefix ?? "", queueNamePrefix = service.queueNamePrefix ?? "" } = own;
    const place = { url, routingKeyPrefix: named + routingKeyPrefix, queueNamePrefix: named + queueNamePrefix };
    return [name, { connectTimeoutSeconds, ...Object.fromEntries(kept), declare: true, ...place }];
  });
  return { connections: Object.fromEntries(entries) };
}

/** Certificates do not belong to one address: they are needed for every TLS broker that a test uses. */
function keepsTls(name: string, amqp: Group, url: string): boolean {
  return name === "tls" && typeof amqp["tls"] === "object" && url.startsWith("amqps:");
}

function groupOf(options: ServiceOptions): Group {
  return (options as { readonly amqp?: Group | undefined }).amqp ?? {};
}
