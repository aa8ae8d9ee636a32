/** Finds the schedule with a name from the command line. */
import type { ClusterPlace, ServiceSchedule } from "../../cluster-schedules/index.ts";
import { closest } from "../../util/closest.ts";
import { ScheduleChoiceError } from "../common/errors.ts";

/**
 * Finds it by its whole name, or by its handler if only one schedule has that handler.
 * @throws ScheduleChoiceError if there is no such schedule, if there are several, or if it cannot be started from outside
 */
export function chooseSchedule(
  schedules: readonly ServiceSchedule[],
  wanted: string,
): { readonly schedule: ServiceSchedule; readonly place: ClusterPlace } {
  const whole = schedules.filter(({ name }) => name === wanted);
  const found = whole.length > 0 ? whole : schedules.filter((one) => endsWith(one, wanted));
  if (found.length === 0) throw unknown(schedules, wanted);
  const startable = found.flatMap((schedule) => (schedule.cluster ? [{ schedule, place: schedule.cluster }] : []));
  const [first, ...others] = startable;
  if (!first) {
    throw new ScheduleChoiceError(
      `The schedule "${found[0]?.name}" runs in each instance by itself, so nothing can start it from outside. With once: "cluster" it has a queue, by which one instance starts it.`,
    );
  }
  if (others.length === 0) return first;
  const names = startable.map(({ schedule }) => schedule.name);
  throw new ScheduleChoiceError(`"${wanted}" means several schedules: ${names.join(", ")}. Name one of them whole.`);
}

function endsWith({ service, handler, name }: ServiceSchedule, wanted: string): boolean {
  return handler === wanted || name === `${service}.${wanted}` || `${service}.${handler}` === wanted;
}

function unknown(schedules: readonly ServiceSchedule[], wanted: string): ScheduleChoiceError {
  const names = [...new Set(schedules.map(({ name }) => name))];
  if (names.length === 0) {
    return new ScheduleChoiceError(`There is no schedule "${wanted}": these services have no schedules.`);
  }
  const known = new Map(schedules.flatMap(({ name, handler }) => [[name, name] as const, [handler, name] as const]));
  const meant = closest(wanted, [...known.keys()]);
  const cure = meant === undefined ? `There are: ${names.join(", ")}.` : `Did you mean "${known.get(meant)}"?`;
  return new ScheduleChoiceError(`There is no schedule "${wanted}". ${cure}`);
}
