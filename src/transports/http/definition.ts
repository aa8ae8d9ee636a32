/** The definition that HTTP decorators store. Only a service with such handlers loads the transport. */
import { ServiceError } from "../../service/errors.ts";
import type { ServiceContext, TransportDefinition } from "../../service/transport.ts";
import type { HttpTrigger } from "./route-options.ts";
import type { HttpTransport } from "./transport.ts";

type Loaded = typeof import("./loaded-transport.ts");

class HttpDefinition implements TransportDefinition<HttpTrigger, HttpTransport> {
  readonly name = "http";
  /** Kept because create() cannot wait. Node keeps the module too, so all runs of a process may share it. */
  #loaded: Loaded | undefined;

  async load(): Promise<void> {
    this.#loaded = await import("./loaded-transport.ts");
  }

  create(context: ServiceContext): HttpTransport {
    return new (this.#used(`The service "${context.name}"`).HttpTransport)(context);
  }

  rightOptions(options: unknown): unknown {
    return this.#used("A service").rightHttpOptions(options);
  }

  #used(by: string): Loaded {
    if (this.#loaded) return this.#loaded;
    throw new ServiceError(
      "ERR_TRANSPORT_NOT_LOADED",
      `${by} has no HTTP handler, so HTTP was not loaded at its start. Add httpTransport to \`transports\` of the service.`,
    );
  }
}

/** HTTP. Decorators such as `http()` use it; pass it to `transportOf()` for the application and the address. */
export const httpTransport: TransportDefinition<HttpTrigger, HttpTransport> = new HttpDefinition();
