// Finds the refused words of the list in a file.
import { type RefusedWord, refusedWords } from "./list.ts";
import { proseOf } from "./prose.ts";

export interface Finding {
  /** From the root folder on: `docs/guides/failures.md`. */
  readonly file: string;
  readonly line: number;
  /** As written there. */
  readonly found: string;
  /** What to write instead. */
  readonly write: string;
}

const all = new RegExp(refusedWords.map(({ refused }) => patternOf(refused).source).join("|"), "i");

/** Every refused word in the prose of one file, in order of line. */
export function findWords(file: string, source: string): readonly Finding[] {
  // Few files have one of the words at all, and only those are taken apart.
  if (!all.test(source.replace(/^[ \t]*(?:\*|\/\/)/gm, ""))) return [];
  const prose = proseOf(file, source);
  return refusedWords.flatMap((word) => findOne(file, prose, word)).sort((a, b) => a.line - b.line);
}

function findOne(file: string, prose: string, { refused, write }: RefusedWord): readonly Finding[] {
  return [...prose.matchAll(patternOf(refused))].map(({ index, 0: found }) => ({
    file,
    line: prose.slice(0, index).split("\n").length,
    found: found.trim().replace(/\s+/g, " "),
    write,
  }));
}

/** A space in an entry matches any white space, so that a line may end between two words. */
function patternOf(refused: RegExp): RegExp {
  return new RegExp(refused.source.replaceAll(" ", "\\s+"), "gi");
}
