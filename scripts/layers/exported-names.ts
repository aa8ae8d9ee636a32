// An exported name has one meaning wherever it can be imported, so that no import takes the wrong one of two.
import { type SourceFile, type Violation, violation } from "./source-file.ts";
import { isIn, roomOf, rowOf } from "./table.ts";

/** A definition; names that a face hands on are not. */
const exported =
  /(?<![\w$.])export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:class|interface|type|function\*?|const|let)\s+([\w$]+)/g;

/** Definitions that have the name of one in an earlier file. Overloads of one function are in one file. */
export function findSharedNames(files: readonly SourceFile[]): readonly Violation[] {
  const before = new Map<string, readonly SourceFile[]>();
  return files
    .filter(({ isTest }) => !isTest)
    .flatMap((file) =>
      [...file.scanned.code.matchAll(exported)].flatMap(({ 1: name = "", index }) => {
        const others = (before.get(name) ?? []).filter((other) => other !== file);
        before.set(name, [...others, file]);
        const other = others.find(({ path }) => meet(path, file.path));
        if (!other) return [];
        const what = `${name} is also exported by ${other.path}`;
        return [violation(file, file.scanned.lineAt(index), "name", what, "give one of the two another name")];
      }),
    );
}

/** In one room, or in two of which one may import the other. Siblings, such as two transports, may have the same names. */
function meet(one: string, other: string): boolean {
  return roomOf(one) === roomOf(other) || mayImport(one, other) || mayImport(other, one);
}

function mayImport(importer: string, path: string): boolean {
  return isIn(path, rowOf(importer)?.may ?? []);
}
