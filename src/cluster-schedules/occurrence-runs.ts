/** Runs of the handler for occurrences from AMQP: with the arguments of a schedule handler, and with its middleware. */
import { messageOf } from "../errors.ts";
import type { HandlerFunction } from "../service/handler.ts";
import { compose, type MessageMiddleware } from "../service/middleware.ts";
import type { Timetable } from "../transports/schedule/timetable.ts";
import type { Clock } from "../util/clock.ts";
import { nextDue } from "./due.ts";

export interface OccurrenceRunsSettings {
  /** The user's method. */
  readonly call: HandlerFunction;
  readonly middleware: readonly MessageMiddleware[];
  readonly timetable: Timetable;
  readonly clock: Clock;
}

export class OccurrenceRuns {
  readonly #settings: OccurrenceRunsSettings;
  readonly #invoke: HandlerFunction;
  #running = 0;
  #last: Date | undefined;
  #lastError: string | undefined;

  constructor(settings: OccurrenceRunsSettings) {
    this.#settings = settings;
    this.#invoke = compose(settings.middleware, settings.call);
  }

  /** Runs that have not ended. */
  get running(): number {
    return this.#running;
  }

  /** When the last run in this instance was due. */
  get last(): Date | undefined {
    return this.#last;
  }

  /** What the last run that ended failed with; undefined when it succeeded. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** What is thrown decides what becomes of the occurrence's message. */
  readonly run = async (data: unknown, context: unknown): Promise<unknown> => {
    const dueAt = data as Date;
    this.#tell(context as object, dueAt);
    this.#running++;
    this.#last = dueAt;
    try {
      const result = await this.#invoke(dueAt, context);
      this.#lastError = undefined;
      return result;
    } catch (error) {
      this.#lastError = messageOf(error);
      throw error;
    } finally {
      this.#running--;
    }
  };

  /** The context is that of the message; here it becomes that of a schedule as well. */
  #tell(context: object, dueAt: Date): void {
    const { timetable, clock } = this.#settings;
    const now = clock.now();
    const next = nextDue(timetable, Math.max(now, dueAt.getTime()));
    const values: Readonly<Record<string, unknown>> = {
      scheduledAt: new Date(dueAt),
      firedAt: new Date(now),
      nextAt: next === undefined ? undefined : new Date(next),
      schedule: timetable.text,
    };
    for (const [name, value] of Object.entries(values))
      Object.defineProperty(context, name, { value, enumerable: true });
  }
}
