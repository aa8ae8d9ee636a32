/** A service as its users see it: envelopes, middleware, transports. `Service` is one. */
import type { Logger } from "../log/logger.ts";
import type { ServiceOptions } from "./service-options.ts";

/** What everybody may know of a service. Apart from the class, so that nothing below it needs to know the class. */
export interface ServiceInstance {
  readonly name: string;
  readonly uuid: string;
  readonly options: ServiceOptions;
  readonly logger: Logger;
}
