/** The options of all transports in one typed object. A new transport adds its group here. */
import type { ServiceOptions } from "./service/service-options.ts";
import type { AmqpServiceOptions } from "./transports/amqp/index.ts";
import type { HttpMiddleware, HttpServiceOptions } from "./transports/http/index.ts";
import type { ScheduleServiceOptions } from "./transports/schedule/index.ts";

declare module "./service/service-options.ts" {
  interface ServiceOptions {
    /** Options of the AMQP transport: the broker, and how messages are handled. @default {} */
    readonly amqp?: AmqpServiceOptions | undefined;
    /** Options of the HTTP transport. @default {} */
    readonly http?: HttpServiceOptions | undefined;
    /** Options of all schedules of the service. @default {} */
    readonly schedule?: ScheduleServiceOptions | undefined;
  }
}

declare module "./service/service.ts" {
  interface Service {
    /** Functions that wrap every HTTP handler; the first one is the outermost. @default none */
    httpMiddleware?: readonly HttpMiddleware[];
  }
}

declare module "./service/define-service.ts" {
  interface ServiceDefinition {
    readonly httpMiddleware?: readonly HttpMiddleware[] | undefined;
  }
}

/**
 * Checks the options of a service while you type them; returns them unchanged. TypeScript does not check a class field by the type of the
 * parent class, so without this a misspelled option is reported only at the start.
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
