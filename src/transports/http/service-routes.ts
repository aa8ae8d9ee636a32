/** The handlers of one service: routes, files, web sockets and handlers of errors. */
import { refuseProblems } from "../../service/errors.ts";
import type { Handler } from "../../service/handler.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { HttpEndpoint, type HttpEndpointSettings } from "./endpoint.ts";
import { openApiRoutes } from "./openapi-routes.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import type { RouteEndpoint } from "./route-endpoint.ts";
import { type HttpTrigger, type ResolvedRoute, resolveRoute } from "./route-options.ts";
import { RouteOwners } from "./route-owners.ts";
import { HttpRunners } from "./runners.ts";
import { type SocketRoutesSettings, webSocketEndpoint } from "./socket-routes.ts";
import { StaticFiles } from "./static-files.ts";

type HttpHandler = Handler<HttpTrigger>;

export interface ServiceRoutesSettings extends Pick<HttpEndpointSettings, "failures"> {
  readonly context: ServiceContext;
  readonly options: ResolvedHttp;
  readonly sockets: Pick<SocketRoutesSettings, "all" | "ended">;
}

export class ServiceRoutes {
  readonly endpoints: RouteEndpoint[] = [];
  readonly #settings: ServiceRoutesSettings;
  readonly #runners: HttpRunners;
  readonly #owners = new RouteOwners();
  readonly #files: StaticFiles[] = [];

  constructor(settings: ServiceRoutesSettings) {
    this.#settings = settings;
    this.#runners = new HttpRunners(settings.context);
  }

  /** How many answers have not ended. */
  get answering(): number {
    return this.#runners.answering;
  }

  /** @throws ConfigurationError, ServiceError ERR_HTTP_ROUTE */
  add(handler: HttpHandler): void {
    const { options: trigger, label } = handler;
    const { context, options, failures, sockets } = this.#settings;
    switch (trigger.kind) {
      case "route":
        this.#addRoute(handler, resolveRoute(trigger, options, label));
        break;
      case "static":
        this.#addFiles(handler, new StaticFiles(trigger, options, label));
        break;
      case "websocket": {
        const parts = { options, failures, clock: context.clock, runner: this.#runners.sockets, ...sockets };
        this.#addEndpoint(webSocketEndpoint(handler, trigger, parts));
        break;
      }
      case "error":
        this.#addErrorHandler(handler, trigger.status);
        break;
    }
  }

  /** Opens what the handlers need. @throws ServiceError ERR_HTTP_STATIC */
  async open(): Promise<void> {
    const { context, options } = this.#settings;
    for (const { handler, route } of options.openapi ? openApiRoutes(options.openapi, [...this.endpoints]) : []) {
      this.#addRoute({ ...handler, logger: context.logger }, route);
    }
    for (const files of this.#files) await files.open();
    for (const endpoint of this.endpoints) await endpoint.open?.();
  }

  /** Ends the runs; see HandlerRunner. */
  drain(signal: AbortSignal): Promise<void> {
    return this.#runners.drain(signal);
  }

  #addRoute(handler: HttpEndpointSettings["handler"], route: ResolvedRoute): void {
    const { options, failures } = this.#settings;
    const { contentType } = options;
    this.#addEndpoint(new HttpEndpoint({ handler, route, runner: this.#runners.requests, failures, contentType }));
  }

  #addFiles(handler: HttpHandler, files: StaticFiles): void {
    this.#files.push(files);
    this.#addRoute({ ...handler, call: (request) => files.answer(request) }, files.route);
  }

  #addEndpoint(endpoint: RouteEndpoint): void {
    this.#owners.claim(endpoint.route, `${this.#settings.context.name}.${endpoint.name}`);
    this.endpoints.push(endpoint);
  }

  #addErrorHandler(handler: HttpHandler, status: unknown): void {
    const { label } = handler;
    if (typeof status !== "number" || !Number.isInteger(status) || status < 400 || status > 599) {
      refuseProblems(label, ["the status must be a whole number, 400 to 599."]);
    } else if (!this.#settings.failures.add(status, this.#runners.errors.prepare(handler))) {
      refuseProblems(label, [`the service has another handler for ${status}. Keep one of them.`]);
    }
  }
}
