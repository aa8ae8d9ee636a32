/** Times and counts in a form for people. */

/** For example `4 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  return seconds < 2 ? "just now" : `${span(seconds)} ago`;
}

/** The remaining time, for example `now`, `4 s`, `3 min 20 s`. */
export function countdown(dueAt: number, now: number): string {
  const seconds = Math.ceil((dueAt - now) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 60 || seconds >= 3600) return span(seconds);
  const rest = seconds % 60;
  return rest === 0 ? span(seconds) : `${Math.floor(seconds / 60)} min ${rest} s`;
}

/** For example `500 ms`, `5 s`, `10 min`. */
export function delay(ms: number): string {
  return ms < 1000 ? `${ms} ms` : span(Math.round(ms / 1000));
}

/** For example `0.4 ms`, `12 ms`, `3.2 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : span(Math.round(ms / 1000));
}

/** For example `980`, `12.4k`, `3.1M`. */
export function amount(count: number): string {
  if (count < 10_000) return String(Math.round(count));
  return count < 1_000_000 ? `${oneDigit(count / 1000)}k` : `${oneDigit(count / 1_000_000)}M`;
}

/** Messages per second, for example `0`, `0.5`, `12`, `12.4k`. */
export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? oneDigit(perSecond) : amount(perSecond);
}

/** For example `980 bytes`, `12.4 kB`, `3.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return bytes < 1_000_000 ? `${oneDigit(bytes / 1000)} kB` : `${oneDigit(bytes / 1_000_000)} MB`;
}

/** For example `1 message`, `5 messages`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${amount(count)} ${count === 1 ? one : many}`;
}

function span(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

function oneDigit(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

/** The title of the time of a message: a run is listed when it has ended, so messages that it published are listed before it. */
export function timeTitle(mode: "run" | "broker" | undefined): string {
  return mode === "broker" ? "Seen" : "Ended";
}
