/** When a schedule is due: every so often, by cron, or once. */
import { type CronTimes, cronTimes } from "./cron.ts";

/** Moments are milliseconds since 1970. */
export interface Timetable {
  /** As a person reads it: `every 30s`, `cron "0 9 * * *" (UTC)`. */
  readonly text: string;
  /** It counts elapsed time and does not know what day it is. */
  readonly isInterval: boolean;
  /** The first due time after the given time, for a schedule that started at `begin`; undefined if there is no later due time. */
  next(after: number, begin: number): number | undefined;
}

/** Due at whole multiples of the interval after the start, however long a run takes: it does not drift. */
export function everyTimetable(intervalMs: number, text: string): Timetable {
  return {
    text: `every ${text}`,
    isInterval: true,
    next: (after, begin) => begin + (Math.floor(Math.max(0, after - begin) / intervalMs) + 1) * intervalMs,
  };
}

/** @throws ConfigurationError for what is not a cron expression, or names a date that does not exist */
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
