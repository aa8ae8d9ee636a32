// A name that a file exports stands for one thing in the whole package: whoever searches for it finds its one definition.
import { type SourceFile, type Violation, violation } from "./source-file.ts";

/** A definition; names that a face hands on are not. */
const exported =
  /(?<![\w$.])export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:class|interface|type|function\*?|const|let)\s+([\w$]+)/g;

/** Definitions that have the name of one in a file before them. Overloads of one function stand in one file. */
export function findSharedNames(files: readonly SourceFile[]): readonly Violation[] {
  const firsts = new Map<string, SourceFile>();
  return files
    .filter(({ isTest }) => !isTest)
    .flatMap((file) =>
      [...file.scanned.code.matchAll(exported)].flatMap(({ 1: name = "", index }) => {
        const first = firsts.get(name) ?? file;
        firsts.set(name, first);
        if (first === file) return [];
        const what = `${name} is also exported by ${first.path}`;
        return [violation(file, file.scanned.lineAt(index), "name", what, "give one of the two another name")];
      }),
    );
}
