// No file may reach itself by imports, type-only ones included.
import { type SourceFile, target, type Violation, violation } from "./source-file.ts";

/** A shortest way round for every file that is not on one told of already. */
export function findCycles(files: readonly SourceFile[]): readonly Violation[] {
  const next = new Map(
    files.map((file) => [file.path, new Set(file.imports.flatMap((one) => target(file, one) ?? []))]),
  );
  const told = new Set<string>();
  return files.flatMap((file) => {
    if (told.has(file.path)) return [];
    const way = wayBack(file.path, next);
    const second = way?.[1];
    if (!way || second === undefined) return [];
    for (const path of way) told.add(path);
    const line = file.imports.find((one) => target(file, one) === second)?.line ?? 1;
    const cure = "declare what is needed where it is used, and implement it on the other side";
    return [violation(file, line, "cycle", way.join(" -> "), cure)];
  });
}

/** Breadth first, so the way is a shortest one. */
function wayBack(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const seen = new Set<string>();
  let ways: (readonly string[])[] = [[start]];
  while (ways.length > 0) {
    const longer: (readonly string[])[] = [];
    for (const way of ways) {
      for (const path of next.get(way.at(-1) ?? "") ?? []) {
        if (path === start) return [...way, path];
        if (seen.has(path)) continue;
        seen.add(path);
        longer.push([...way, path]);
      }
    }
    ways = longer;
  }
  return undefined;
}
