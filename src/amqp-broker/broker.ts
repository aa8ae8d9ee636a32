/** The embedded broker: AMQP 0-9-1 on a loopback socket, all in memory, for development and tests only. */
import { createServer, type Server, type Socket } from "node:net";
import { type FieldTable, tableAsObject } from "../amqp-wire/field-table.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { embeddedBrokerProduct } from "../util/product-names.ts";
import { Access, type BrokerPermissions } from "./access.ts";
import { type ConnectionHost, ServerConnection } from "./connection.ts";
import { BrokerError } from "./errors.ts";
import { serverPropertiesOf } from "./handshake.ts";
import {
  type BrokerOptions,
  type BrokerUser,
  checkVirtualHostOptions,
  type ResolvedBrokerOptions,
  resolveBrokerOptions,
  type VirtualHostOptions,
} from "./options.ts";
import type { BrokerOverview } from "./overview.ts";
import { VirtualHost } from "./virtual-host.ts";

/** Chooses connections. A field that is not set matches every connection. */
export interface ConnectionFilter {
  /** The name that the client gave to its connection. */
  readonly name?: string;
  /** The virtual host of the connection. */
  readonly virtualHost?: string;
}

/**
 * A broker that runs in this process. It stores nothing on disk and cannot be part of a cluster. `await using` stops it.
 * @example
 * await using broker = await startBroker();
 * process.env.TOMODACHI_AMQP_URL = broker.url;
 */
export interface Broker extends AsyncDisposable {
  /** The address on which it listens. */
  readonly host: string;
  /** The port on which it listens. */
  readonly port: number;
  /** The URL of the virtual host "/", with the login of the first user. */
  readonly url: string;
  /** The version of the RabbitMQ release whose behaviour it follows. */
  readonly version: string;
  /** Returns its connections, queues and exchanges, and how many messages it has handled. */
  overview(): BrokerOverview;
  /** Returns the URL of another virtual host, with the login of `user`. @default the first user */
  virtualHostUrl(name: string, user?: BrokerUser): string;
  /**
   * Adds a virtual host. If it exists already, it keeps what it holds, and `options` change its default queue type.
   * @throws BrokerError ERR_BROKER_OPTIONS when an option is wrong
   */
  addVirtualHost(name: string, options?: VirtualHostOptions): void;
  /** Removes a virtual host with everything in it and its permissions, and closes its connections. */
  removeVirtualHost(name: string): void;
  /** Adds a user. As in RabbitMQ, the user cannot open a virtual host before `setPermissions` allows it. */
  addUser(user: BrokerUser): void;
  /** Removes a user with all permissions, and closes the user's connections. */
  removeUser(name: string): void;
  /**
   * Sets what a user may do in a virtual host. With undefined the user cannot open the virtual host any more.
   * @throws BrokerError ERR_BROKER_OPTIONS when a permission is not a regular expression
   */
  setPermissions(user: string, virtualHost: string, permissions: BrokerPermissions | undefined): void;
  /**
   * Stops reading from every connection that publishes, as a memory alarm does. `reason` is sent to the clients. Undefined ends the alarm.
   */
  setAlarm(reason: string | undefined): void;
  /**
   * Closes connections with CONNECTION_FORCED: all of them, those of one virtual host (a string), or those that the filter chooses. Returns
   * how many it closed.
   */
  closeConnections(reason: string, which?: string | ConnectionFilter): number;
  /** Closes all connections and the port. Messages in queues are lost. */
  stop(): Promise<void>;
}

/**
 * Starts a broker, by default on a free port of 127.0.0.1.
 * @throws BrokerError ERR_BROKER_OPTIONS when an option is wrong
 * @throws BrokerError ERR_BROKER_LISTEN when it cannot listen; the error of the system is the cause
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const resolved = resolveBrokerOptions(options);
  const broker = new EmbeddedBroker(resolved);
  await broker.listen();
  return broker;
}

class EmbeddedBroker implements Broker, ConnectionHost {
  readonly options: ResolvedBrokerOptions;
  readonly access: Access;
  readonly version: string;
  readonly serverProperties: FieldTable;
  readonly #server: Server;
  readonly #virtualHosts = new Map<string, VirtualHost>();
  readonly #connections = new Set<ServerConnection>();
  #alarm: string | undefined;
  #port = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: ResolvedBrokerOptions) {
    this.options = options;
    const { version } = options.profile;
    this.version = version;
    this.access = new Access(options.profile);
    this.serverProperties = serverPropertiesOf({
      product: embeddedBrokerProduct,
      version,
      platform: "Node.js",
      information: `Embedded broker for development and tests only; follows RabbitMQ ${version}`,
    });
    for (const name of options.virtualHosts) this.addVirtualHost(name);
    for (const user of options.users) this.access.addUser(user, true);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get host(): string {
    return this.options.listen.host;
  }

  get port(): number {
    return this.#port;
  }

  get logger(): Logger | undefined {
    return this.options.logger;
  }

  get alarm(): string | undefined {
    return this.#alarm;
  }

  get url(): string {
    return this.#url("");
  }

  async listen(): Promise<void> {
    const { host, port } = this.options.listen;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: Error) => reject(cannotListen(host, port, cause)));
      this.#server.listen(port, host, resolve);
    });
    // Later errors mean that a client could not be accepted, because no file descriptor was free; other clients are not affected.
    this.#server.on("error", (error) => this.logger?.warn(`embedded broker: ${messageOf(error)}`));
    const address = this.#server.address();
    if (typeof address === "object" && address) this.#port = address.port;
  }

  virtualHost(name: string): VirtualHost | undefined {
    return this.#virtualHosts.get(name);
  }

  virtualHostUrl(name: string, user?: BrokerUser): string {
    return this.#url(`/${encodeURIComponent(name)}`, user);
  }

  addVirtualHost(name: string, options: VirtualHostOptions = {}): void {
    checkVirtualHostOptions(options);
    const virtualHost = this.#virtualHosts.get(name) ?? new VirtualHost(name, this.options.clock, this.options.profile);
    if (options.defaultQueueType !== undefined) virtualHost.defaultQueueType = options.defaultQueueType;
    this.#virtualHosts.set(name, virtualHost);
  }

  removeVirtualHost(name: string): void {
    const virtualHost = this.#virtualHosts.get(name);
    this.#virtualHosts.delete(name);
    this.access.removeVirtualHost(name);
    this.closeConnections(`vhost '${name}' is deleted`, name);
    virtualHost?.close();
  }

  addUser(user: BrokerUser): void {
    this.access.addUser(user, false);
  }

  removeUser(name: string): void {
    this.access.removeUser(name);
    for (const connection of [...this.#connections]) {
      if (connection.session?.user === name) connection.close(`user '${name}' is deleted`);
    }
  }

  setPermissions(user: string, virtualHost: string, permissions: BrokerPermissions | undefined): void {
    this.access.setPermissions(user, virtualHost, permissions);
  }

  setAlarm(reason: string | undefined): void {
    this.#alarm = reason;
    if (reason === undefined) for (const connection of this.#connections) connection.unblock();
  }

  closeConnections(reason: string, which: string | ConnectionFilter = {}): number {
    const { name, virtualHost } = typeof which === "string" ? { virtualHost: which } : which;
    const chosen = [...this.#connections].filter(
      (connection) =>
        (name === undefined || connection.name === name) &&
        (virtualHost === undefined || connection.session?.virtualHost.name === virtualHost),
    );
    for (const connection of chosen) connection.close(reason);
    return chosen.length;
  }

  overview(): BrokerOverview {
    const hosts = [...this.#virtualHosts.values()];
    const totals = hosts.map((host) => host.totals);
    const sum = (key: keyof (typeof totals)[number]): number => totals.reduce((all, one) => all + one[key], 0);
    return {
      connections: [...this.#connections].flatMap(describeConnection),
      queues: hosts.flatMap(describeQueues),
      exchanges: hosts.flatMap(({ name: virtualHost, exchanges }) =>
        [...exchanges.values()].map(({ name, settings: { type } }) => ({ virtualHost, name, type })),
      ),
      totals: {
        published: sum("published"),
        delivered: sum("delivered"),
        acknowledged: sum("acknowledged"),
        unroutable: sum("unroutable"),
      },
    };
  }

  ended(connection: ServerConnection): void {
    this.#connections.delete(connection);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.closeConnections("broker forced connection closure with reason 'shutdown'");
    // connection.close is sent with this turn; the answers are not awaited.
    setImmediate(() => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
    for (const virtualHost of this.#virtualHosts.values()) virtualHost.close();
  }

  #accept(socket: Socket): void {
    this.#connections.add(new ServerConnection(this, socket));
  }

  #url(path: string, user = this.options.users[0]): string {
    const login = user ? `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@` : "";
    const host = this.host.includes(":") ? `[${this.host}]` : this.host;
    return `amqp://${login}${host}:${this.#port}${path}`;
  }
}

function describeConnection(connection: ServerConnection): BrokerOverview["connections"] {
  const { name, session, blocked } = connection;
  const { peer } = connection.socket;
  if (!session) return [];
  const { user, virtualHost, channelCount: channels } = session;
  return [{ name, peer, user, virtualHost: virtualHost.name, channels, blocked }];
}

function describeQueues({ name: virtualHost, queues }: VirtualHost): BrokerOverview["queues"] {
  return [...queues.values()].map((queue) => ({
    virtualHost,
    name: queue.name,
    type: queue.arguments.type,
    durable: queue.properties.durable,
    arguments: tableAsObject(queue.properties.arguments),
    ready: queue.readyCount,
    unacknowledged: queue.unacknowledgedCount,
    consumers: queue.consumerCount,
    ...queue.totals,
  }));
}

function cannotListen(host: string, port: number, cause: Error): BrokerError {
  const { code } = cause as NodeJS.ErrnoException;
  const taken = code === "EADDRINUSE";
  const cure = taken
    ? "Another program already listens there. Choose another port, or 0 for any free port."
    : "Choose another host or port.";
  return new BrokerError(
    "ERR_BROKER_LISTEN",
    `The embedded broker cannot listen on ${host}:${port} (${cause.message}). ${cure}`,
    {
      cause,
    },
  );
}
