/** One member of JSON text, edited alone: the text around it is not changed by a character. */

/** The text around one member of a JSON object. The member is edited alone, and may be half a value while the user types. */
export interface Frame {
  readonly before: string;
  readonly after: string;
  /** Whether its lines are indented by two more spaces than they would be alone. */
  readonly isIndented: boolean;
}

/** Undefined if the text is not a JSON object with this member. */
export function frameAround(text: string, member: string): Frame | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const place = placeOf(text, member);
  if (!place) return undefined;
  const [begin, end] = place;
  const isIndented = !/\n(?! {2})/.test(text.slice(begin, end));
  return { before: text.slice(0, begin), after: text.slice(end), isIndented };
}

/** The member in the text, as it would be alone. */
export function framedText({ before, after, isIndented }: Frame, text: string): string {
  const inside = text.slice(before.length, text.length - after.length);
  return isIndented ? inside.replaceAll("\n  ", "\n") : inside;
}

/** The whole text, with another text for the member. */
export function withFrame({ before, after, isIndented }: Frame, inside: string): string {
  return before + (isIndented ? inside.replaceAll("\n", "\n  ") : inside) + after;
}

/** Where the value of a member begins and ends. Of members with the same name, JSON.parse takes the last. */
function placeOf(text: string, member: string): readonly [begin: number, end: number] | undefined {
  let place: readonly [number, number] | undefined;
  let depth = 0;
  let begin: number | undefined;
  let last = { word: "", end: 0 };
  for (const { 0: word, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (depth === 1 && word === ":" && JSON.parse(last.word) === member) begin = -1;
    else if (begin === -1) begin = index;
    if (depth === 1 && (word === "," || word === "}") && begin !== undefined) {
      place = [begin, last.end];
      begin = undefined;
    }
    if (word === "{" || word === "[") depth++;
    if (word === "}" || word === "]") depth--;
    last = { word, end: index + word.length };
  }
  return place;
}
