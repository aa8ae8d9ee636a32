// No file and no room may reach itself by imports, type-only ones included.
import { type SourceFile, target, type Violation, violation } from "./source-file.ts";
import { roomOf } from "./table.ts";

/** A shortest cycle for every file that is not on a reported one. */
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

/** The same for rooms. Tests may import anything. */
export function findRoomCycles(files: readonly SourceFile[]): readonly Violation[] {
  const next = new Map<string, Set<string>>();
  const firsts = new Map<string, { readonly file: SourceFile; readonly line: number }>();
  for (const file of files.filter(({ isTest }) => !isTest)) {
    const room = roomOf(file.path);
    for (const one of file.imports) {
      const path = target(file, one);
      if (path === undefined || path.startsWith("..") || roomOf(path) === room) continue;
      next.set(room, (next.get(room) ?? new Set()).add(roomOf(path)));
      const step = `${room} ${roomOf(path)}`;
      if (!firsts.has(step)) firsts.set(step, { file, line: one.line });
    }
  }
  const told = new Set<string>();
  return [...next.keys()].flatMap((room) => {
    const way = told.has(room) ? undefined : wayBack(room, next);
    const first = way && firsts.get(`${way[0]} ${way[1]}`);
    if (!way || !first) return [];
    for (const one of way) told.add(one);
    const cure = "move the file that closes the circle, or give a file that imports nothing a row by name";
    return [violation(first.file, first.line, "room-cycle", way.join(" -> "), cure)];
  });
}

/** Breadth first, so the path is a shortest one. */
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
