/** The handlers of one service: routes, files and handlers of errors. */
import { refuseProblems } from "../../service/errors.ts";
import type { Handler } from "../../service/handler.ts";
import { HandlerRunner } from "../../service/handler-runner.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { HttpRunContext } from "./context.ts";
import { HttpEndpoint } from "./endpoint.ts";
import type { HttpFailures } from "./failures.ts";
import { middlewareOf } from "./middleware.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import { type HttpTrigger, type ResolvedRoute, resolveRoute } from "./route-options.ts";
import { RouteOwners } from "./route-owners.ts";
import { StaticFiles } from "./static-files.ts";

type HttpHandler = Handler<HttpTrigger>;

export interface ServiceRoutesSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedHttp;
  readonly failures: HttpFailures;
}

export class ServiceRoutes {
  readonly endpoints: HttpEndpoint[] = [];
  readonly #settings: ServiceRoutesSettings;
  readonly #runner: HandlerRunner;
  /** No middleware is around handlers of errors. */
  readonly #errorRunner: HandlerRunner;
  readonly #owners = new RouteOwners();
  readonly #files: StaticFiles[] = [];

  constructor(settings: ServiceRoutesSettings) {
    const { context } = settings;
    this.#settings = settings;
    const common = { returnsStream: true, createContext: HttpRunContext.create };
    this.#runner = new HandlerRunner(context, { ...common, middleware: middlewareOf(context) });
    this.#errorRunner = new HandlerRunner(context, { ...common, middleware: [] });
  }

  /** Runs that have not ended. */
  get running(): number {
    return this.#runner.running + this.#errorRunner.running;
  }

  /** @throws ConfigurationError, ServiceError ERR_HTTP_ROUTE */
  add(handler: HttpHandler): void {
    const { options: trigger, label } = handler;
    switch (trigger.kind) {
      case "route":
        this.#addRoute(handler, resolveRoute(trigger, this.#settings.options, label));
        break;
      case "static":
        this.#addFiles(handler, new StaticFiles(trigger, this.#settings.options, label));
        break;
      case "error":
        this.#addErrorHandler(handler, trigger.status);
        break;
    }
  }

  /** Opens what the handlers need. @throws ServiceError ERR_HTTP_STATIC */
  async open(): Promise<void> {
    for (const files of this.#files) await files.open();
  }

  /** Ends the runs; see HandlerRunner. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#runner.drain(signal);
    await this.#errorRunner.drain(signal);
  }

  #addRoute(handler: Pick<HttpHandler, "name" | "call" | "label" | "logger">, route: ResolvedRoute): void {
    const { context, options, failures } = this.#settings;
    this.#owners.claim(route, `${context.name}.${handler.name}`);
    const { contentType } = options;
    this.endpoints.push(new HttpEndpoint({ handler, route, runner: this.#runner, failures, contentType }));
  }

  #addFiles(handler: HttpHandler, files: StaticFiles): void {
    this.#files.push(files);
    this.#addRoute({ ...handler, call: (request) => files.answer(request) }, files.route);
  }

  #addErrorHandler(handler: HttpHandler, status: unknown): void {
    const { label } = handler;
    if (typeof status !== "number" || !Number.isInteger(status) || status < 400 || status > 599) {
      refuseProblems(label, ["the status must be a whole number, 400 to 599."]);
    } else if (!this.#settings.failures.add(status, this.#errorRunner.prepare(handler))) {
      refuseProblems(label, [`the service has another handler for ${status}. Keep one of them.`]);
    }
  }
}
