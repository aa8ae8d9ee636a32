/** When a schedule is due: at an interval, by a cron expression, or once. */
import { type CronTimes, cronTimes } from "./cron.ts";

/** Times are milliseconds since 1970. */
export interface Timetable {
  /** The schedule as text: `every 30s`, `cron "0 9 * * *" (UTC)`. */
  readonly text: string;
  /** Whether it counts elapsed time and does not depend on the date. */
  readonly isInterval: boolean;
  /** The first due time after the given time, for a schedule that started at `begin`; undefined if there is none. */
  next(after: number, begin: number): number | undefined;
}

/** Due at whole multiples of the interval after the start, however long a run takes, so it does not drift. */
export function everyTimetable(intervalMs: number, text: string): Timetable {
  return {
    text: `every ${text}`,
    isInterval: true,
    next: (after, begin) => begin + (Math.floor(Math.max(0, after - begin) / intervalMs) + 1) * intervalMs,
  };
}

/** @throws ConfigurationError for an invalid cron expression, or a date that does not exist */
export function cronTimetable(expression: string, zone: string | undefined, label: string): Timetable {
  const times = cronTimes(expression, zone, label);
  return { text: `cron "${expression}" (${zoneText(times)})`, isInterval: false, next: (after) => times.next(after) };
}

/** Due once. */
export function onceTimetable(time: number): Timetable {
  return {
    text: `at ${new Date(time).toISOString()}`,
    isInterval: false,
    next: (after) => (after < time ? time : undefined),
  };
}

function zoneText({ zone }: CronTimes): string {
  return zone ?? `${Intl.DateTimeFormat().resolvedOptions().timeZone}, the zone of the machine`;
}
