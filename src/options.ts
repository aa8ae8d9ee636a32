/** Every transport's options in one typed object. A new transport adds its group here. */
import type { ServiceOptions } from "./service/service-options.ts";
import type { AmqpServiceOptions } from "./transports/amqp/index.ts";
import type { ScheduleServiceOptions } from "./transports/schedule/index.ts";

declare module "./service/service-options.ts" {
  interface ServiceOptions {
    /** Options of the AMQP transport. */
    readonly amqp?: AmqpServiceOptions | undefined;
    /** Options of schedules. */
    readonly schedule?: ScheduleServiceOptions | undefined;
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
