// Writes a second set of declarations, .d.cts, beside those that tsc wrote. TypeScript before 5.8 takes every .d.ts of an ES module
// package for an ES module, which a CommonJS file cannot import under `module: nodenext` (TS1479). Node itself can require our modules.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

/** A path of our own in an import, an export, an `import()` type or a `declare module`; modules of others have no dot in front. */
const ownPath = /(from |import\(|import |declare module )(["'])(\.{1,2}\/[^"']+)\.[jt]s\2/g;

for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".d.ts")) continue;
  const text = readFileSync(join(dist, file), "utf8")
    .replace(ownPath, "$1$2$3.cjs$2")
    // The map is that of the other file.
    .replace(/^\/\/# sourceMappingURL=.*$/m, "");
  writeFileSync(join(dist, file.replace(/\.d\.ts$/, ".d.cts")), text);
}
