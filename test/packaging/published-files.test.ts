/** What is published: no leftovers of the build, and documents whose links lead to files that are published too. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";

let published: readonly string[] = [];

beforeAll(() => {
  if (!existsSync(join(packageFolder, "dist/index.js"))) throw new Error("dist/ is missing: npm run build");
  const { stdout, stderr } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: packageFolder,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const packed: unknown = JSON.parse(stdout || `{"error": ${JSON.stringify(stderr)}}`);
  // npm 12 gives an object by package name, older ones an array.
  const [first] = Object.values(packed as object) as { readonly files: readonly { readonly path: string }[] }[];
  published = first?.files.map(({ path }) => path) ?? [];
});

describe("the published package", () => {
  it("has the compiled files with their declarations, the guides and the examples", () => {
    for (const path of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/index.d.cts",
      "dist/cli/main.js",
      "docs/guides/services.md",
      "README.md",
    ])
      expect(published).toContain(path);
    expect(published).toContain("examples/hello-world/service/app.ts");
  });

  it.skipIf(process.platform === "win32")(
    "has a command that can be started, also in a clone after a new build",
    () => {
      expect(statSync(join(packageFolder, "dist/cli/main.js")).mode & 0o111).toBe(0o111);
    },
  );

  it("has no source maps, which would point to sources that are not there", () => {
    expect(published.filter((path) => path.endsWith(".map"))).toEqual([]);
    const withMaps = published.filter(
      (path) =>
        /\.[jt]s$/.test(path) &&
        existsSync(join(packageFolder, path)) &&
        readFileSync(join(packageFolder, path), "utf8").includes("sourceMappingURL"),
    );
    expect(withMaps).toEqual([]);
  });

  it("has no sources, and no tests except those that show how to test", () => {
    const shown = /^(examples\/(?:tutorial|migrate)|templates)\//;
    const own = published.filter((path) => /\.test\.|^(src|test|scripts)\//.test(path) && !shown.test(path));
    expect(own).toEqual([]);
  });

  it("has every file that its documents link to", () => {
    const documents = published.filter((path) => path.endsWith(".md"));
    expect(documents.length).toBeGreaterThan(20);
    const broken = documents.flatMap((document) =>
      linksIn(document).filter(
        (target) => !published.some((path) => path === target || path.startsWith(`${target.replace(/\/$/, "")}/`)),
      ),
    );
    expect(broken).toEqual([]);
  });
});

/** Relative links of a document, as paths from the root of the package. */
function linksIn(document: string): string[] {
  const prose = readFileSync(join(packageFolder, document), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  return Array.from(prose.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g), ([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(document), target)).replaceAll("\\", "/"));
}
