/** One HTTP server: a port, a Fastify application, and the services that have handlers on it. */
import { type AddressInfo, Server } from "node:net";
import type { FastifyInstance } from "fastify";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import { ServiceError } from "../../service/errors.ts";
import { createDeferred, type Deferred } from "../../util/deferred.ts";
import { aborted } from "../../util/wait.ts";
import { ClientConnections } from "./client-connections.ts";
import { createFastifyApp } from "./fastify-app.ts";
import { httpListenError } from "./listen-error.ts";
import { answerNotFound } from "./not-found.ts";
import type { ResolvedServer } from "./resolve-options.ts";
import { RouteOwners } from "./route-owners.ts";
import { addMember, type HttpMember } from "./scope.ts";

export interface HttpServerSettings {
  readonly server: ResolvedServer;
  readonly logger: Logger;
}

export class HttpServer {
  readonly #settings: HttpServerSettings;
  readonly #members = new Set<HttpMember>();
  readonly #draining = new Set<HttpMember>();
  readonly #connections: ClientConnections;
  readonly #lastDrains: Deferred<AbortSignal> = createDeferred();
  readonly #drained: Promise<void> = this.#lastDrains.promise.then((signal) => this.#drain(signal));
  #app: FastifyInstance | undefined;
  #starting: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #origin: string | undefined;

  constructor(settings: HttpServerSettings) {
    this.#settings = settings;
    this.#connections = new ClientConnections(this.#members, settings.server);
  }

  /** The address, such as `http://127.0.0.1:9700`; undefined while it does not listen. */
  get origin(): string | undefined {
    return this.#origin;
  }

  /** Whether all its services are stopping. */
  get isStopping(): boolean {
    return this.#draining.size > 0 && this.#draining.size === this.#members.size;
  }

  /** The Fastify application, for requests that do not come through a port. */
  get app(): FastifyInstance | undefined {
    return this.#app;
  }

  /** Adds a member. Call it before the start. */
  add(member: HttpMember): void {
    this.#members.add(member);
  }

  /** Starts once for all members. @throws ServiceError ERR_HTTP_PORT, ERR_HTTP_ROUTE, ERR_HTTP_START */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * When the last member drains: accepts no more connections, and resolves when every request is answered and idle connections are closed.
   * Ends at the latest when the signal of the member aborts.
   */
  async drain(member: HttpMember, signal: AbortSignal): Promise<void> {
    this.#draining.add(member);
    await this.#starting?.catch(() => {});
    if (!this.#app) return;
    if (this.isStopping) this.#lastDrains.resolve(signal);
    await Promise.race([this.#drained, aborted(signal)]);
  }

  /** Ends everything that is left, when the last member closes. */
  async close(member: HttpMember): Promise<void> {
    this.#draining.add(member);
    await this.#starting?.catch(() => {});
    const { app } = this;
    if (!app || !this.isStopping) return;
    this.#connections.destroy();
    this.#closed ??= app.close();
    await this.#closed;
    this.#origin = undefined;
  }

  async #start(): Promise<void> {
    const members = [...this.#members];
    const [first] = members;
    if (!first) return;
    const owners = new RouteOwners();
    for (const { service, endpoints } of members) {
      for (const { name, route } of endpoints) owners.claim(route, `${service}.${name}`);
    }
    const { server, logger } = this.#settings;
    const connections = this.#connections;
    const app = await createFastifyApp({ server, logger, first, mayRefuse: (socket) => connections.mayRefuse(socket) });
    this.#app = app;
    connections.watch(app.server);
    for (const member of members) {
      addMember(app, member, (scope) => {
        if (member === first) answerNotFound(scope, first, members);
      });
    }
    try {
      await app.ready();
    } catch (error) {
      await app.close();
      throw startError(error);
    }
    if (server.listen) await this.#listen(app);
  }

  async #listen(app: FastifyInstance): Promise<void> {
    const { host, port, reusePort, tls } = this.#settings.server;
    try {
      await app.listen({ host, port, ...(reusePort && { reusePort }) } as { host: string; port: number });
    } catch (error) {
      await app.close();
      throw httpListenError(error, host, port);
    }
    this.#origin = `${tls ? "https" : "http"}://${authorityOf(app)}`;
    this.#settings.logger.info({ url: this.#origin }, `listening on ${this.#origin}`);
  }

  /** The order matters: first no new connections, then the answers, then the idle connections. */
  async #drain(signal: AbortSignal): Promise<void> {
    const { server } = this.#app as FastifyInstance;
    // `close` of node:http would close connections without a request at once, even if a request is in transit.
    if (server.listening) Server.prototype.close.call(server);
    this.#connections.closeSessions();
    for (const { open } of this.#members) for (const request of open) request.closeConnection();
    await this.#answered(signal);
    await this.#connections.endIdle(signal);
    await this.#answered(signal);
  }

  async #answered(signal: AbortSignal): Promise<void> {
    await Promise.race([Promise.all([...this.#members].map(({ open }) => open.ended())), aborted(signal)]);
  }
}

/** The address of a server that listens on a port always has this form. */
function authorityOf(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  return `${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function startError(error: unknown): ServiceError {
  const hint = "Look at the plugins in options.http.plugins, and at routes that both they and the handlers have";
  return new ServiceError("ERR_HTTP_START", `Fastify cannot start: ${messageOf(error)}. ${hint}.`, { cause: error });
}
