/** What `@schedule` and its short forms are made with. */
import { inspect } from "node:util";
import { createDecorator, type HandlerDecorator } from "../../service/decorator.ts";
import type { TransportDefinition } from "../../service/transport.ts";
import type { ScheduleContext } from "./context.ts";
import type { ScheduleOptions } from "./options.ts";

/**
 * The result of `schedule()`: a method decorator of both forms, and a trigger for `on()`. The handler's first argument is
 * when it was due.
 */
export type ScheduleDecorator<Context extends ScheduleContext = ScheduleContext> = HandlerDecorator<Date, Context>;

/** The decorator for these options; `label` is how a user writes it. @default `@schedule({ ... })` */
export function scheduleDecorator<Context extends ScheduleContext>(
  transport: TransportDefinition<ScheduleOptions>,
  options: ScheduleOptions,
  label: string = `@schedule(${inspect(options, { breakLength: Number.POSITIVE_INFINITY })})`,
): ScheduleDecorator<Context> {
  return createDecorator(transport, options, label);
}
