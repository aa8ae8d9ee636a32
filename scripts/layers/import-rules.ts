// The rules on imports: the table, the faces, the endings, the owners of dependencies, the sockets.
import { isBuiltin } from "node:module";
import type { Import } from "./find-imports.ts";
import { type Rule, type SourceFile, target, type Violation, violation } from "./source-file.ts";
import { importersOfTransportFaces, isIn, owners, roomOf, rowOf, sockets, tlsTypes } from "./table.ts";

/** A rule that checks each import separately; tests may import anything. */
function eachImport(check: (file: SourceFile, imported: Import) => Violation | undefined): Rule {
  return (file) => (file.isTest ? [] : file.imports.flatMap((imported) => check(file, imported) ?? []));
}

const checkTable = eachImport((file, imported) => {
  const to = target(file, imported);
  if (to === undefined) return undefined;
  const room = roomOf(file.path);
  const say = (what: string, cure: string) => violation(file, imported.line, "table", what, cure);
  if (to.startsWith("..")) return say(`imports "${imported.specifier}", outside of src/`, "move it into src/");
  const row = rowOf(file.path);
  if (!row || roomOf(to) === room || isIn(to, row.may)) return undefined;
  const allowed = row.may.length > 0 ? row.may.join(", ") : "nothing of ours";
  return say(
    `${room} imports ${to}${imported.augmentation ? " (declare module)" : ""}`,
    `${row.of.includes(file.path) ? file.path : room} may import ${allowed}; turn the dependency round or move the code`,
  );
});

const checkRoom: Rule = (file) =>
  rowOf(file.path) || file.isTest
    ? []
    : [violation(file, 1, "table", `room "${roomOf(file.path)}" is unknown`, "add a row to scripts/layers/table.ts")];

const checkFaces = eachImport((file, imported) => {
  const to = target(file, imported);
  if (to === undefined || !(to === "index.ts" || to.endsWith("/index.ts")) || file.path.endsWith("index.ts")) return;
  if (
    isIn(file.path, importersOfTransportFaces) &&
    isIn(to, [
      "transports/*/index.ts",
      "dead-letters/index.ts",
      "delivery-trace/index.ts",
      "description/index.ts",
      "doctor/index.ts",
      "topology-export/index.ts",
      "cluster-schedules/index.ts",
      "messages/index.ts",
    ])
  )
    return undefined;
  return violation(file, imported.line, "face", `imports ${to}`, "import the file that defines it");
});

const checkEndings: Rule = (file) =>
  file.imports
    .filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith(".ts"))
    // Tests may read data.
    .filter(({ specifier }) => !(file.isTest && specifier.endsWith(".json")))
    .map(({ line, specifier }) => violation(file, line, "ending", `"${specifier}"`, "end a relative import with .ts"));

const checkOwners = eachImport((file, imported) => {
  const { line, specifier } = imported;
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  if (isBuiltin(specifier)) return violation(file, line, "dependency", `"${specifier}"`, `write "node:${specifier}"`);
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const owner = owners[name];
  if (owner === roomOf(file.path)) return undefined;
  return owner === undefined
    ? violation(
        file,
        line,
        "dependency",
        `"${name}" has no room`,
        "name its room under owners in scripts/layers/table.ts",
      )
    : violation(file, line, "dependency", `"${name}" belongs to ${owner}`, `ask ${owner} for what you need`);
});

const checkSockets = eachImport((file, imported) => {
  if (!/^(?:node:)?(?:net|tls)$/.test(imported.specifier) || isIn(file.path, sockets)) return undefined;
  if (imported.specifier.endsWith("tls") && imported.typeOnly && isIn(file.path, tlsTypes)) return undefined;
  const cure = `only ${sockets.join(", ")} open sockets; types of node:tls also in ${tlsTypes.join(", ")}`;
  return violation(file, imported.line, "socket", `imports ${imported.specifier}`, cure);
});

export const importRules: readonly Rule[] = [
  checkRoom,
  checkTable,
  checkFaces,
  checkEndings,
  checkOwners,
  checkSockets,
];
