/** Cron expressions. The library croner only calculates the next time; timers, runs and clocks are our own. */
import { createRequire } from "node:module";
import type { Cron } from "croner";
import { clauseOf } from "../../errors.ts";
import { ConfigurationError } from "../../service/errors.ts";
import { offsetMinutes } from "./zone.ts";

export interface CronTimes {
  /** The given time zone; undefined for that of the machine. */
  readonly zone: string | undefined;
  /** The first due time after the given time, in milliseconds since 1970; undefined if there is none. */
  next(after: number): number | undefined;
}

/** croner does not know @minutely. */
const nicknames: Readonly<Record<string, string>> = {
  "@minutely": "* * * * *",
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/**
 * Reads five fields, six with seconds first, Python tomodachi's six with a year at the end, or a nickname. If day and weekday are both
 * given, one of them has to match, as in every cron.
 *
 * A time of day that is skipped when the clock moves forward in spring is due right after the gap. A time that comes twice in autumn is due
 * once. An expression with a `*` or a step in hour, minute or second follows elapsed time: it is not due in the gap, and is due in both
 * passes of a repeated hour.
 *
 * @throws ConfigurationError if it is not a cron expression, or is never due
 */
export function cronTimes(expression: string, zone: string | undefined, label: string): CronTimes {
  const offset = zone === undefined ? undefined : offsetMinutes(zone);
  const where = zone === undefined ? {} : offset === undefined ? { timezone: zone } : { utcOffset: offset };
  const pattern = standardPattern(expression, label);
  let cron: Cron;
  try {
    cron = new (loadCron())(pattern, { ...where, paused: true, fixedTimeRule: "no-wildcard" });
  } catch (error) {
    throw wrong(label, expression, clauseOf(error).replace(/^Cron\w+: /, ""));
  }
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime();
  if (next(Date.UTC(1970, 0, 1)) === undefined) throw wrong(label, expression, "it names a date that does not exist");
  return { zone, next };
}

/** Rewrites the expression to croner's form, with 5, 6 or 7 fields. */
function standardPattern(expression: string, label: string): string {
  const plain = expression.trim().toLowerCase();
  if (plain.startsWith("@")) {
    const pattern = nicknames[plain];
    if (pattern) return pattern;
    throw wrong(label, expression, `the nicknames are ${Object.keys(nicknames).join(", ")}`);
  }
  const fields = plain.split(/\s+/).map((field) => field.replaceAll("?", "*"));
  if (fields.length !== 5 && fields.length !== 6) {
    throw wrong(
      label,
      expression,
      `it has ${fields.length} ${fields.length === 1 ? "field" : "fields"}. Write five, or six with seconds first`,
    );
  }
  const year = fields.length === 6 && /\d{4}/.test(fields[5] ?? "") ? fields.pop() : undefined;
  const seconds = fields.length === 6 ? fields.shift() : "0";
  // Python writes the last Sunday of a month as Lsun, others write sunL.
  const weekday = (fields.pop() ?? "*").replace(/\bl([a-z]{3}|[0-7])\b/g, "$1L");
  return [seconds, ...fields.map((field) => (field === "l" ? "L" : field)), weekday, ...(year ? [year] : [])].join(" ");
}

/**
 * croner is loaded with the first schedule, so a service without schedules does not load it. It is loaded synchronously, because a start
 * checks everything before it waits for anything.
 */
function loadCron(): typeof Cron {
  const loaded = createRequire(import.meta.url)("croner") as { readonly Cron: typeof Cron };
  return loaded.Cron;
}

function wrong(label: string, expression: string, problem: string): ConfigurationError {
  const sentence = `cron is ${JSON.stringify(expression)}, which cannot be used: ${problem}.`;
  return new ConfigurationError(`${label}: ${sentence}`, { place: label, problems: [sentence] });
}
