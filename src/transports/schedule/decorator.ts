/** Makes `@schedule` and its short forms. */
import { inspect } from "node:util";
import { createDecorator, type HandlerDecorator } from "../../service/decorator.ts";
import type { TransportDefinition } from "../../service/transport.ts";
import type { ScheduleContext } from "./context.ts";
import type { ScheduleOptions } from "./options.ts";

/**
 * The result of `schedule()`: a method decorator in both forms, and a trigger for `on()`. The first argument of the handler is the time at
 * which it was due.
 */
export type ScheduleDecorator<Context extends ScheduleContext = ScheduleContext> = HandlerDecorator<Date, Context>;

/** Makes the decorator for these options. `label` is the decorator as a user writes it. @default `@schedule({ ... })` */
export function scheduleDecorator<Context extends ScheduleContext>(
  transport: TransportDefinition<ScheduleOptions>,
  options: ScheduleOptions,
  label: string = `@schedule(${inspect(options, { breakLength: Number.POSITIVE_INFINITY })})`,
): ScheduleDecorator<Context> {
  return createDecorator(transport, options, label);
}
