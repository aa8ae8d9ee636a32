/** Every transport's options in one typed object. A new transport adds its group here. */
import type { ServiceOptions } from "./service/service-options.ts";
import type { AmqpServiceOptions } from "./transports/amqp/index.ts";
import type { HttpMiddleware, HttpServiceOptions } from "./transports/http/index.ts";
import type { ScheduleServiceOptions } from "./transports/schedule/index.ts";

declare module "./service/service-options.ts" {
  interface ServiceOptions {
    /** Options of the AMQP transport. */
    readonly amqp?: AmqpServiceOptions | undefined;
    /** Options of HTTP. */
    readonly http?: HttpServiceOptions | undefined;
    /** Options of schedules. */
    readonly schedule?: ScheduleServiceOptions | undefined;
  }
}

declare module "./service/service.ts" {
  interface Service {
    /** Wraps every HTTP handler; the first is the outermost. @default none */
    httpMiddleware?: readonly HttpMiddleware[];
  }
}

declare module "./service/define-service.ts" {
  interface ServiceDefinition {
    readonly httpMiddleware?: readonly HttpMiddleware[] | undefined;
  }
}

/**
 * Checks a service's options as you type them; gives back what it gets. A field of a class has no type from its parent,
 * so without this a typing slip would only show at the start.
 *
 * @example
 * ```ts
 * options = defineOptions({ amqp: { routingKeyPrefix: "prod." } });
 * ```
 */
export function defineOptions(options: ServiceOptions): ServiceOptions {
  return options;
}

export type { ServiceOptions };
