// Joins what tsc wrote into dist/ into few files, so that a start reads some thirty files and not two hundred and fifty.
// Entry points keep their paths, and declarations stay as they are.
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const joined = join(root, "dist.joined");

/** What package.json names: each subpath, and the command. */
function entryPoints() {
  const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const faces = Object.values(exports).flatMap(({ default: path }) => path ?? []);
  return [...faces, ...Object.values(bin)].map((path) => join(root, path));
}

await build({
  absWorkingDir: root,
  entryPoints: entryPoints(),
  outdir: joined,
  outbase: dist,
  bundle: true,
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  logLevel: "warning",
});
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (file.endsWith(".js")) rmSync(join(dist, file));
}
cpSync(joined, dist, { recursive: true });
rmSync(joined, { recursive: true });
