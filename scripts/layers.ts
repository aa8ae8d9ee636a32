// The layers of src/, checked: who may import whom, and the house rules that go with it. Pure: a folder in, violations out.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findWideFiles, findWideSettings } from "./layers/breadth.ts";
import { codeRules } from "./layers/code-rules.ts";
import { findCycles, findRoomCycles } from "./layers/cycles.ts";
import { findSharedNames } from "./layers/exported-names.ts";
import { importRules } from "./layers/import-rules.ts";
import { checkModuleState } from "./layers/module-state.ts";
import { readSources, type Violation } from "./layers/source-file.ts";
import { importersOfTransportFaces, isIn, owners, roomOf, rows, sockets, stateHolders } from "./layers/table.ts";

export type { Violation } from "./layers/source-file.ts";
export { type Row, rows } from "./layers/table.ts";

const rules = [...importRules, ...codeRules, checkModuleState];

/** Everything wrong in `src/` and `package.json` below the root folder, in order of place. */
export function checkLayers(root: string): readonly Violation[] {
  const files = readSources(root);
  const violations = [
    ...files.flatMap((file) => rules.flatMap((rule) => rule(file))),
    ...findCycles(files),
    ...findRoomCycles(files),
    ...findWideFiles(files),
    ...findWideSettings(files),
    ...findSharedNames(files),
    ...checkDependencies(root),
  ];
  return violations.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** Places of the table without a file below the root folder: rooms and files that do not exist. */
export function findEmptyPlaces(root: string): readonly string[] {
  const paths = readSources(root).map(({ path }) => path);
  const places = [...rows.flatMap(({ of }) => of), ...importersOfTransportFaces, ...sockets, ...stateHolders];
  return places.filter((place) => !paths.some((path) => roomOf(path) === place || isIn(path, [place])));
}

/** `file:line  rule  what  cure` */
export function formatViolation({ file, line, rule, what, cure }: Violation): string {
  return `${file}:${line}  ${rule}  ${what}  ${cure}`;
}

export function tableAsMarkdown(): string {
  const lines = rows.map(({ of, may, note }) => {
    const allowed = may.length > 0 ? may.map(code).join(", ") : "nothing of ours";
    return `| ${of.map(code).join(", ")} | ${allowed}${note ? ` (${note})` : ""} |`;
  });
  return ["| room | may import (besides itself) |", "|---|---|", ...lines].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A run-time dependency that no room owns would never be missed. */
function checkDependencies(root: string): readonly Violation[] {
  const file = join(root, "package.json");
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const { dependencies = {} } = JSON.parse(text) as { readonly dependencies?: Readonly<Record<string, string>> };
  return Object.keys(dependencies)
    .filter((name) => owners[name] === undefined)
    .map((name) => ({
      file: "package.json",
      line: text.split("\n").findIndex((line) => line.includes(`"${name}":`)) + 1,
      rule: "dependency",
      what: `"${name}" has no room`,
      cure: "name its room under owners in scripts/layers/table.ts",
    }));
}
