/** The public part of a service, which `Service` implements. */
import type { Logger } from "../log/logger.ts";
import type { ServiceOptions } from "./service-options.ts";

/** The public part of a service. It is separate from the class, so that lower layers do not need the class. */
export interface ServiceInstance {
  /** The name of the service. */
  readonly name: string;
  /** Identifies this instance. */
  readonly uuid: string;
  /** The options of the service. */
  readonly options: ServiceOptions;
  /** A logger whose lines name the service. */
  readonly logger: Logger;
}
