/** Reads what RabbitMQ says when a declaration does not fit; its wording is the only place where it says it. */

/** One argument whose existing value differs from the requested one. */
export interface Difference {
  readonly argument: string;
  readonly current: string | number | boolean | undefined;
}

/** Reads "inequivalent arg 'a' for queue ...: received ... but current is none | 'v' | the value 'v' of type 't'". */
export function differenceIn(text: string): Difference | undefined {
  const match =
    /inequivalent arg '([^']+)'.* but current is (?:none|(?:the value )?'(.*?)'(?: of type '(\w+)')?)$/s.exec(text);
  if (!match) return undefined;
  const [, argument = "", value, type] = match;
  const isText = type === "longstr" || value === undefined;
  if (!isText && /^-?\d+$/.test(value)) return { argument, current: Number(value) };
  if (!isText && (value === "true" || value === "false")) return { argument, current: value === "true" };
  return { argument, current: value };
}

/**
 * The argument that the broker does not know, or not for this type of queue. A reason after the virtual host speaks of the
 * value (`{value_negative,-1}`, `invalid_overflow`): that is an error of ours.
 */
export function unknownArgument(text: string): string | undefined {
  const argument = /invalid arg '([^']+)'/.exec(text)?.[1];
  return argument === "x-queue-type" || / of queue type \w+$/.test(text) ? argument : undefined;
}
