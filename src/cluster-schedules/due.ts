/** Which occurrences are to be published now, and which are left out. Pure: it knows times and no clock. */
import type { Timetable } from "../transports/schedule/timetable.ts";
import type { MissedPolicy } from "./options.ts";

/** An interval is due at whole multiples since 1970: so all instances agree. */
const epoch = 0;
/**
 * An occurrence that is late by up to this, in milliseconds, fell into no outage: so long may it take until the broker notices that
 * the holder of a lease is frozen (two heartbeats of 10 s and a half), and another instance has asked for the lease.
 */
export const onTimeMs = 60_000;
/** Published in one go; what is left follows in the next. */
const mostInOneGo = 100;

export interface Due {
  /** In their order. */
  readonly publish: readonly number[];
  /** Up to here everything is decided; undefined when nothing is due. */
  readonly upTo: number | undefined;
  /** The first one that is left out. */
  readonly leftOutSince: number | undefined;
}

/** What is due after `after`, up to and with `now`. */
export function dueBetween(timetable: Timetable, after: number, now: number, missed: MissedPolicy): Due {
  const first = nextDue(timetable, after);
  if (first === undefined || first > now) return { publish: [], upTo: undefined, leftOutSince: undefined };
  if (missed === "all") {
    const publish = dueTimes(timetable, first, now, mostInOneGo);
    return { publish, upTo: publish.at(-1), leftOutSince: undefined };
  }
  const last = lastDue(timetable, first, now);
  const publish = missed === "skip" && now - last > onTimeMs ? [] : [last];
  return { publish, upTo: last, leftOutSince: publish[0] === first ? undefined : first };
}

/** The first due time after the given time. */
export function nextDue(timetable: Timetable, after: number): number | undefined {
  return timetable.next(after, epoch);
}

function dueTimes(timetable: Timetable, first: number, now: number, most: number): number[] {
  const times: number[] = [];
  for (let time: number | undefined = first; time !== undefined && time <= now && times.length < most; ) {
    times.push(time);
    time = nextDue(timetable, time);
  }
  return times;
}

/**
 * The last one up to `now`, where `first` is one. A cron expression knows only what comes next, so it is looked for from a minute ago
 * on, an hour, a day and so on: a schedule that is due each second has not to be counted through for a month.
 */
function lastDue(timetable: Timetable, first: number, now: number): number {
  for (const back of [60_000, 3_600_000, 86_400_000, 31 * 86_400_000]) {
    if (now - back <= first) break;
    const found = nextDue(timetable, now - back);
    if (found !== undefined && found <= now) return lastFrom(timetable, found, now);
  }
  return lastFrom(timetable, first, now);
}

function lastFrom(timetable: Timetable, first: number, now: number): number {
  let last = first;
  for (let next = nextDue(timetable, first); next !== undefined && next <= now; next = nextDue(timetable, next))
    last = next;
  return last;
}
