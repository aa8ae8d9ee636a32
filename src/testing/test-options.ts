/** Puts a test's options over those of a service: its broker, its prefixes, limits that suit a test. */
import { randomBytes } from "node:crypto";
import type { Service } from "../service/service.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import type { AmqpServiceOptions } from "../transports/amqp/index.ts";

export interface TestOptions {
  /** The address of the broker; overrides everything that the service sets. */
  readonly url: string;
  /** Added before the service's own prefixes of queues and routing keys; "" for none. */
  readonly prefix: string;
  /** The test's own word; it wins over the service's. */
  readonly options: ServiceOptions;
}

/** A stalled handler must not keep a test from ending for the 25 seconds of the production default. */
const graceSeconds = 1;
/** A runner ends a test after 5 seconds and shows no reason; this comes before. */
const connectTimeoutSeconds = 3;

/** Everything of a service's options that says where its broker is. */
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

/** Prefix that no other test has. It ends in a dot, so that it is one word of a routing key. */
export function uniquePrefix(): string {
  return `test-${randomBytes(5).toString("hex")}.`;
}

/** Replaces the options of an instance; the returned function puts its own back. */
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
 * Variables without those that would lead a service to another broker. What another tool declares in production is declared by the
 * service here, unless the test says otherwise.
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
  // A value that is not an object is refused at the start, as anywhere else.
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

/** Requests come by `app.http` and not by a port, unless the test names a port or asks for one. */
function testHttp(own: ServiceOptions, options: ServiceOptions): unknown {
  const given = own.http ?? {};
  // A value that is not an object is refused at the start, as anywhere else.
  if (typeof given !== "object") return given;
  return { ...given, listen: options.http?.port !== undefined, ...options.http };
}

/** Named connections lead to the broker of the test as well, and a prefix of their own keeps their messages apart. */
function testConnections(amqp: Group, { url, prefix }: Pick<TestOptions, "url" | "prefix">): Group {
  const { connections, ...service } = amqp as AmqpServiceOptions;
  // A value that is not an object is refused at the start, as anywhere else.
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

/** Certificates do not belong to an address: they are needed wherever the broker of a test uses TLS. */
function keepsTls(name: string, amqp: Group, url: string): boolean {
  return name === "tls" && typeof amqp["tls"] === "object" && url.startsWith("amqps:");
}

function groupOf(options: ServiceOptions): Group {
  return (options as { readonly amqp?: Group | undefined }).amqp ?? {};
}
