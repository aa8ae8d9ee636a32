/** Time zones as users write them: an IANA name, or an offset such as "+05:30" or Python's "GMT +1". */
import { closest } from "../../util/closest.ts";

/** What is wrong with the name of a time zone; undefined if it is valid. */
export function zoneProblem(zone: unknown): string | undefined {
  if (typeof zone !== "string" || zone === "") return "it is not a name";
  if (offsetMinutes(zone) !== undefined || isZone(zone)) return undefined;
  const near = closest(zone, Intl.supportedValuesOf("timeZone"));
  return `"${zone}" is not a time zone${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
}

/** The offset in minutes east of UTC; undefined for a name. */
export function offsetMinutes(zone: string): number | undefined {
  const match = /^(?:GMT|UTC)? ?([+-])(\d{1,2})(?::?([0-5]\d))?$/i.exec(zone);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return minutes > 14 * 60 ? undefined : minutes * (match[1] === "-" ? -1 : 1);
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
