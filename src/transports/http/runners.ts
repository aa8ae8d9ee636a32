/** The runners for the handlers of one service: for requests, for errors and for web sockets. */
import { HandlerRunner } from "../../service/handler-runner.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { HttpRunContext, WebSocketRunContext } from "./context.ts";
import { middlewareOf } from "./middleware.ts";

export class HttpRunners {
  readonly requests: HandlerRunner;
  /** Middleware does not wrap handlers of errors. */
  readonly errors: HandlerRunner;
  readonly sockets: HandlerRunner;

  /** @throws ConfigurationError for middleware that is not a function */
  constructor(context: ServiceContext) {
    const middleware = middlewareOf(context);
    const ofRequests = { returnsStream: true, createContext: HttpRunContext.create };
    this.requests = new HandlerRunner(context, { ...ofRequests, middleware });
    this.errors = new HandlerRunner(context, { ...ofRequests, middleware: [] });
    this.sockets = new HandlerRunner(context, { ...ofRequests, middleware, createContext: WebSocketRunContext.create });
  }

  /** How many answers have not ended. */
  get answering(): number {
    return this.requests.running + this.errors.running;
  }

  /** Ends the runs; see HandlerRunner. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.sockets.drain(signal);
    await this.requests.drain(signal);
    await this.errors.drain(signal);
  }
}
