/** Words of Python tomodachi that `every` accepts beside durations. */

const months = { month: "0 0 1 * *", monthly: "0 0 1 * *" };
const years = { year: "0 0 1 1 *", yearly: "0 0 1 1 *", annually: "0 0 1 1 *" };
const words: Readonly<Record<string, string>> = {
  second: "* * * * * *",
  secondly: "* * * * * *",
  minute: "* * * * *",
  minutely: "* * * * *",
  hour: "0 * * * *",
  hourly: "0 * * * *",
  day: "0 0 * * *",
  daily: "0 0 * * *",
  night: "0 0 * * *",
  nightly: "0 0 * * *",
  week: "0 0 * * 1",
  weekly: "0 0 * * 1",
  weekday: "0 0 * * 1-5",
  weekend: "0 0 * * 0,6",
  ...months,
  ...years,
};
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** The cron expression of words such as "every minute", "once per hour", "mondays" or "weekdays"; undefined for other words. */
export function cronOfWords(given: string): string | undefined {
  const word = given
    .trim()
    .toLowerCase()
    .replace(/^(?:once per|once every|once a|once an|every|each) /, "");
  const singular = word.replace(/s$/, "");
  const known = Object.hasOwn(words, word) ? words[word] : Object.hasOwn(words, singular) ? words[singular] : undefined;
  if (known) return known;
  const day = weekdays.findIndex((name) => [name, name.slice(0, 3)].includes(singular) || word === name.slice(0, 3));
  return day < 0 ? undefined : `0 0 * * ${day}`;
}

/** Converts `5 seconds` or `10 minutes` to a duration such as "5s" or "10m"; anything else stays unchanged. */
export function shortDuration(given: string): string {
  const match = /^(?:every )?(\d+(?:\.\d+)?) ?(second|minute|hour|day)s?$/i.exec(given.trim());
  return match ? `${match[1]}${match[2]?.[0]?.toLowerCase()}` : given;
}
