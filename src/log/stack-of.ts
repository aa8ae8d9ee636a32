/** The stack of an error with the stacks of its causes, and of the errors that it holds. */
import { classNameOf, isError, isList, memberOf, messageOf, textMemberOf } from "../errors.ts";
import { cutText } from "../util/cut-text.ts";

/** The number of errors that are shown of a chain of causes, and of a list of errors. */
export const errorsTold = 10;

interface Part {
  /** What the error is to the one before it. */
  readonly lead: string;
  readonly error: unknown;
}

/**
 * At most this many bytes. If they are too few, each error has an equal share, so that a long stack hides no cause. `rewrite` gets each
 * stack before it is cut: half of a password cannot be recognised as one.
 */
export function stackOf(
  error: Error,
  bytes: number,
  rewrite: (stack: string) => string = (stack) => stack,
): string | undefined {
  // A very long stack is not read to its end.
  const read = (stack: string): string => rewrite(stack.slice(0, bytes + 1000));
  const parts = partsOf(error);
  if (parts.length === 1) {
    const stack = textMemberOf(error, "stack");
    return stack && cutText(read(stack), bytes);
  }
  const texts = parts.map(({ lead, error: one }) => lead + read(textOfPart(one, lead !== "")));
  const whole = texts.join("\n");
  if (Buffer.byteLength(whole) <= bytes) return whole;
  const share = Math.floor(bytes / texts.length) - 1;
  return cutText(texts.map((text) => cutText(text, Math.max(share, 0))).join("\n"), bytes);
}

/** The error, its causes, and the errors of an AggregateError. An error that is in the list already ends its chain. */
function partsOf(error: Error): readonly Part[] {
  const parts: Part[] = [];
  const add = (one: unknown, lead: string): void => {
    if (parts.length === errorsTold || parts.some((known) => known.error === one)) return;
    parts.push({ lead, error: one });
    if (!isError(one)) return;
    const cause = memberOf(one, "cause");
    if (cause !== undefined && cause !== null) add(cause, "caused by: ");
    const several = memberOf(one, "errors");
    if (!isList(several)) return;
    for (const [at, each] of several.slice(0, errorsTold).entries())
      add(each, `error ${at + 1} of ${several.length}: `);
  };
  add(error, "");
  return parts;
}

/** Beside a lead, an error is named by its class: V8 writes `Error` for a class that sets no name. */
function textOfPart(error: unknown, named: boolean): string {
  const stack = isError(error) ? textMemberOf(error, "stack") : undefined;
  if (stack === undefined) return isError(error) ? `${classNameOf(error)}: ${messageOf(error)}` : messageOf(error);
  return named ? stack.replace(/^Error(?=[:\n])/, () => classNameOf(error)) : stack;
}
