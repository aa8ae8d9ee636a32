/** The HTTP transport of one service. It uses the same contract as a transport of a user. */
import type { FastifyInstance } from "fastify";
import { ServiceError } from "../../service/errors.ts";
import type { Handler } from "../../service/handler.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport } from "../../service/transport.ts";
import { aborted } from "../../util/wait.ts";
import { ServiceMember } from "./member.ts";
import { resolveHttp } from "./resolve-options.ts";
import type { HttpTrigger } from "./route-options.ts";
import { addToApp } from "./scope.ts";
import type { HttpServer } from "./server.ts";
import { serverFor } from "./servers.ts";

export class HttpTransport implements Transport<HttpTrigger> {
  readonly #member: ServiceMember;
  /** Undefined if the handlers are in an application of the user. */
  readonly #server: HttpServer | undefined;
  #state: "created" | "started" | "stopping" = "created";

  constructor(context: ServiceContext) {
    const options = resolveHttp(context.name, context.options, context.environment);
    this.#member = new ServiceMember(context, options);
    this.#server = options.app ? undefined : serverFor(context, options.server);
  }

  add(handler: Handler<HttpTrigger>): void {
    this.#member.routes.add(handler);
    this.#server?.add(this.#member);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { options } = this.#member;
    await this.#member.routes.open();
    signal.throwIfAborted();
    if (options.app) addToApp(options.app, this.#member);
    else await this.#server?.start();
    if (this.#state === "created") this.#state = "started";
  }

  /** The address, such as `http://127.0.0.1:9700`; undefined while it does not listen. */
  get origin(): string | undefined {
    return this.#server?.origin;
  }

  /**
   * The Fastify application, for requests that do not come through a port. @throws ServiceError ERR_SERVICE_NOT_RUNNING before the start
   */
  get app(): FastifyInstance {
    const app = this.#member.options.app ?? this.#server?.app;
    if (app) return app;
    throw new ServiceError("ERR_SERVICE_NOT_RUNNING", `HTTP of the service "${this.#member.service}" has not started.`);
  }

  describe(): readonly string[] {
    const { service, options, endpoints } = this.#member;
    const where = this.origin ?? (options.app ? "in its own application" : "without a port");
    return [`${service} on ${where}`, ...endpoints.map((endpoint) => `  ${endpoint.name}: ${endpoint.text}`)];
  }

  /** Requests for a paused handler are answered with 503, so that a load balancer sends them to another instance. */
  async pause(handler: string, reason: string): Promise<void> {
    await Promise.all(this.#named(handler).map((endpoint) => endpoint.pause(reason)));
  }

  resume(handler: string): void {
    for (const endpoint of this.#named(handler)) endpoint.resume();
  }

  health(): TransportHealth {
    const { endpoints } = this.#member;
    const healthy = this.#state === "started" || (this.#state === "created" && endpoints.length === 0);
    const reason = this.#state === "stopping" ? "the service is stopping" : "the service has not started yet";
    return {
      transport: "http",
      healthy,
      reasons: healthy ? [] : [reason],
      connections: [],
      consumers: [],
      routes: endpoints.map(({ name: handler, text: route, runs: { running, paused } }) => ({
        handler,
        route,
        running,
        paused,
      })),
    };
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const { service, open, routes, sockets } = this.#member;
    const of = `${service}'s requests`;
    // An idle web socket is not work.
    const running = Math.max(open.size, routes.answering) + sockets.working;
    return [{ of, queued: 0, running, pausing: 0, interrupted: false }];
  }

  /** First answers the accepted requests: a run that starts while a request is being read must not be refused. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#stop();
    const { open, sockets } = this.#member;
    const left = sockets.end(signal);
    await this.#server?.drain(this.#member, signal);
    await Promise.race([open.ended(), aborted(signal)]);
    await left;
    await this.#member.endRuns(signal);
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#member.sockets.end(AbortSignal.abort());
    await this.#member.routes.drain(AbortSignal.abort());
    await this.#server?.close(this.#member);
    this.#member.failures.end();
  }

  /** A method may have several routes. */
  #named(handler: string): ServiceMember["endpoints"] {
    return this.#member.endpoints.filter(({ name }) => name === handler);
  }

  #stop(): void {
    this.#state = "stopping";
    this.#member.stop();
  }
}
