/** The options of schedules: those of a service for all its schedules, and those of a decorator. */
import { inspect } from "node:util";
import { ConfigurationError, refuseProblems } from "../../service/errors.ts";
import type { MessageMiddleware } from "../../service/middleware.ts";
import { type FieldChecks, fieldProblems, flag, rightFields, seconds } from "../../util/check-fields.ts";
import { type Duration, formatDuration, parseDuration, unitProblem } from "../../util/duration.ts";
import { cronOfWords, shortDuration } from "./interval-words.ts";
import { cronTimetable, everyTimetable, onceTimetable, type Timetable } from "./timetable.ts";
import { zoneProblem } from "./zone.ts";

/** `options.schedule` of a service. */
export interface ScheduleServiceOptions {
  /**
   * The time zone of schedules without their own: a name such as "Europe/Stockholm", or an offset such as "+05:30". @default the time zone
   * of the machine
   */
  readonly timezone?: string | undefined;
  /** The time limit of a run, in seconds. After it the signal aborts, and the run has failed. @default no limit */
  readonly timeoutSeconds?: number | undefined;
  /**
   * Functions that wrap each run; the first one is the outermost. The service's `messageMiddleware` does not wrap runs of schedules.
   * @default none
   */
  readonly middleware?: readonly MessageMiddleware[] | undefined;
}

/** Options of every kind of schedule. */
export interface ScheduleRunOptions {
  /** Whether it also runs once when the service has started. @default false */
  readonly immediately?: boolean | undefined;
  /**
   * true: a run may start while an earlier one still runs, up to 20 at once. false: the due time is skipped, with a log line.
   * @default false
   */
  readonly overlap?: boolean | undefined;
  /**
   * The time limit of a run, in seconds. After it the signal aborts, and the run has failed. @default `options.schedule.timeoutSeconds` of
   * the service
   */
  readonly timeoutSeconds?: number | undefined;
}

/** A schedule with an interval. */
export interface IntervalSchedule extends ScheduleRunOptions {
  /**
   * The interval, counted from the start of the service: a duration such as "30s" or "5m", at least 10 ms. Or words for calendar times, as
   * in Python: "minute", "every hour", "daily", "mondays", "weekdays" and so on.
   */
  readonly every: Duration | (string & {});
  /** Not together with `every`. */
  readonly cron?: undefined;
  /** Not together with `every`. */
  readonly at?: undefined;
  /** The time zone for words with calendar times. @default `options.schedule.timezone` of the service */
  readonly timezone?: string | undefined;
}

/** A schedule with a cron expression. */
export interface CronSchedule extends ScheduleRunOptions {
  /** Five fields, six with seconds first, or a nickname such as "@daily". */
  readonly cron: string;
  /** Not together with `cron`. */
  readonly every?: undefined;
  /** Not together with `cron`. */
  readonly at?: undefined;
  /** A name such as "Europe/Stockholm", or an offset such as "+05:30". @default `options.schedule.timezone` of the service */
  readonly timezone?: string | undefined;
}

/** A schedule with a time. */
export interface TimeSchedule extends ScheduleRunOptions {
  /** A moment ("2026-12-24 15:00", or a Date), at which it runs once; or a time of day ("09:00"), at which it runs each day. */
  readonly at: Date | string;
  /** Not together with `at`. */
  readonly every?: undefined;
  /** Not together with `at`. */
  readonly cron?: undefined;
  /** The time zone, if the time names none. @default `options.schedule.timezone` of the service */
  readonly timezone?: string | undefined;
}

/** The options of `@schedule`. */
export type ScheduleOptions = IntervalSchedule | CronSchedule | TimeSchedule;

const shortestMs = 10;
const longestMs = 366 * 86_400_000;

const zone = {
  expected: "a time zone",
  fits: (value: unknown) => zoneProblem(value) === undefined,
  problem: zoneProblem,
};

const serviceChecks: FieldChecks = {
  timezone: zone,
  timeoutSeconds: seconds,
  middleware: {
    expected: "a list of functions",
    fits: (value) => Array.isArray(value) && value.every((one) => typeof one === "function"),
  },
};

const kinds = ["every", "cron", "at"] as const;

const scheduleChecks: FieldChecks = {
  every: { expected: "a duration or words", fits: (value) => typeof value === "string" || typeof value === "number" },
  cron: { expected: "a cron expression", fits: (value) => typeof value === "string" },
  at: { expected: "a Date or a time", fits: (value) => typeof value === "string" || value instanceof Date },
  timezone: zone,
  immediately: flag,
  overlap: flag,
  timeoutSeconds: seconds,
};

/** Names of Python, and of other schedulers. */
const renamed: Readonly<Record<string, string>> = {
  interval: "every",
  timestamp: "at",
  zone: "timezone",
  tz: "timezone",
};

/** Checks `options.schedule`. Throws one error that lists every problem. */
export function resolveServiceOptions(service: string, given: unknown): ScheduleServiceOptions {
  const options = (given ?? {}) as ScheduleServiceOptions;
  refuseProblems(`The service "${service}"`, fieldProblems(options, "options.schedule", serviceChecks));
  return Object.freeze({ ...options });
}

/** A complete schedule. */
export interface ResolvedSchedule {
  readonly timetable: Timetable;
  readonly immediately: boolean;
  readonly overlap: boolean;
  readonly timeoutSeconds: number | undefined;
}

/**
 * Checks the arguments of a decorator. Throws one error that lists every problem. `more` are checks for options that belong to other parts.
 */
export function resolveSchedule(
  given: unknown,
  service: ScheduleServiceOptions,
  label: string,
  more: FieldChecks = {},
): ResolvedSchedule {
  const options = given as ScheduleOptions;
  const problems = problemsOf(options, more);
  if (problems.length > 0) refuseProblems(label, [...problems, ...timeProblems(options, service, label)]);
  const timeoutSeconds = options.timeoutSeconds ?? service.timeoutSeconds;
  return Object.freeze({
    timetable: timetableOf(options, options.timezone ?? service.timezone, label),
    immediately: options.immediately ?? false,
    overlap: options.overlap ?? false,
    timeoutSeconds,
  });
}

function problemsOf(options: ScheduleOptions, more: FieldChecks): readonly string[] {
  if (typeof options === "string")
    return [`options must be an object, as in { every: "${options}" } or { cron: "${options}" }.`];
  const known = Object.fromEntries(
    Object.entries(options ?? {}).filter(([name]) => !Object.hasOwn(renamed, name)),
  ) as unknown;
  const problems = fieldProblems(options === undefined || options === null ? options : known, "options", {
    ...scheduleChecks,
    ...more,
  });
  for (const [name, ours] of Object.entries(renamed)) {
    if (Object.hasOwn(options ?? {}, name)) problems.push(`options has no option "${name}". Did you mean "${ours}"?`);
  }
  if (problems.length > 0) return problems;
  const said = kinds.filter((kind) => options[kind] !== undefined);
  if (said.length === 1) return [];
  const but = said.length === 0 ? "none is given" : `${said.join(" and ")} are given`;
  return [`options must have exactly one of every, cron and at, but ${but}.`];
}

/** What is wrong with the time itself, beside other wrong options. */
function timeProblems(options: ScheduleOptions, service: ScheduleServiceOptions, label: string): readonly string[] {
  const right = rightFields(options, scheduleChecks) as unknown as ScheduleOptions;
  if (kinds.filter((kind) => right[kind] !== undefined).length !== 1) return [];
  try {
    timetableOf(right, right.timezone ?? service.timezone, label);
    return [];
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems : [];
  }
}

function timetableOf(options: ScheduleOptions, zoneName: string | undefined, label: string): Timetable {
  if (options.cron !== undefined) return cronTimetable(options.cron, zoneName, label);
  if (options.at !== undefined) return timetableAt(options.at, zoneName, label);
  return timetableEvery(options.every, zoneName, label);
}

function timetableEvery(every: number | string, zoneName: string | undefined, label: string): Timetable {
  const ms = parseDuration(typeof every === "string" ? shortDuration(every) : every);
  const problem = unitProblem(every);
  if (problem) throw wrong(label, `every needs a unit: ${problem}.`);
  if (ms !== undefined) {
    if (ms >= shortestMs && ms <= longestMs) return everyTimetable(ms, formatDuration(ms));
    throw wrong(label, `every must be from ${shortestMs}ms to 366 days, but ${inspect(every)} was given.`);
  }
  const expression = cronOfWords(String(every));
  if (expression)
    return { ...cronTimetable(expression, zoneName, label), text: `every ${String(every).replace(/^every /i, "")}` };
  // Python also accepts cron expressions as its interval.
  if (/^@|^\S+(?:\s+\S+){4,}$/.test(String(every).trim())) return cronTimetable(String(every), zoneName, label);
  throw wrong(
    label,
    `every must be a duration such as "30s" or "5m", or words such as "hour", "daily" or "mondays", but ${inspect(every)} was given.`,
  );
}

function timetableAt(at: Date | string, zoneName: string | undefined, label: string): Timetable {
  if (at instanceof Date) {
    if (!Number.isNaN(at.getTime())) return onceTimetable(at.getTime());
    throw wrong(label, "at is an invalid Date.");
  }
  const day = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(at.trim());
  if (day) {
    const [, hour, minute, second = "0"] = day;
    const cron = cronTimetable(`${Number(second)} ${Number(minute)} ${Number(hour)} * * *`, zoneName, label);
    return { ...cron, text: `at ${at.trim()} each day${cron.text.slice(cron.text.lastIndexOf('"') + 1)}` };
  }
  const time = momentOf(at.trim(), zoneName, label);
  if (time !== undefined) return onceTimetable(time);
  throw wrong(
    label,
    `at must be a Date, a moment such as "2026-12-24 15:00" or "2026-12-24T15:00:00Z", or a time of day such as "09:00", but ${inspect(at)} was given.`,
  );
}

function momentOf(at: string, zoneName: string | undefined, label: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(at);
  if (!match) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", offset] = match;
  if (offset) {
    const time = Date.parse(at.replace(" ", "T"));
    return Number.isNaN(time) ? undefined : time;
  }
  // Uses cron, which knows how to handle a time of day in a gap of daylight saving.
  const fields = [minute, hour, day, month].map(Number);
  const seconds = Number(second);
  try {
    const { next } = cronTimetable(`${fields.join(" ")} * ${year}`, zoneName, label);
    const time = next(Date.UTC(Number(year), 0, 1) - 2 * 86_400_000, 0);
    return time === undefined ? undefined : time + seconds * 1000;
  } catch (error) {
    throw wrong(label, `at is ${inspect(at)}, a time that does not exist.`, error);
  }
}

function wrong(label: string, sentence: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(`${label}: ${sentence}`, { place: label, problems: [sentence], cause });
}
