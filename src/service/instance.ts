/** A service as its users see it: envelopes, middleware, transports. `Service` is one. */
import type { Logger } from "../log/logger.ts";
import type { ServiceOptions } from "./service-options.ts";

/** The public part of a service. Separate from the class, so that lower layers do not need the class. */
export interface ServiceInstance {
  readonly name: string;
  readonly uuid: string;
  readonly options: ServiceOptions;
  readonly logger: Logger;
}
