// docs/ARCHITECTURE.md describes the existing tree: what it names exists, and no folder is missing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(join(root, "docs/ARCHITECTURE.md"), "utf8");

/** What the tree names, as paths from the root: two spaces or more end the names of a line, commas part them. */
function namedInTree(text: string): readonly string[] {
  const [, block = ""] = /```text\n([\s\S]*?)```/.exec(text) ?? [];
  const named: string[] = [];
  const folders: { readonly indent: number; readonly path: string }[] = [];
  for (const line of block.split("\n").filter((one) => one.trim() !== "")) {
    const indent = line.search(/\S/);
    const [names = ""] = line.trim().split(/ {2,}/);
    while ((folders.at(-1)?.indent ?? -1) >= indent) folders.pop();
    const above = folders.at(-1)?.path ?? "";
    // A line without a name of a file or folder continues the text of the line above.
    if (!/^[\w.{}/-]+(?:, [\w.{}/-]+)*$/.test(names)) continue;
    for (const name of names.split(", ").flatMap(unfold)) named.push(above + name);
    if (names.endsWith("/") && !names.includes(",")) folders.push({ indent, path: above + names });
  }
  return named;
}

/** `{a,b}.ts` is `a.ts` and `b.ts`. */
function unfold(name: string): readonly string[] {
  const [, before, list, after] = /^(.*)\{(.*)\}(.*)$/.exec(name) ?? [];
  return list === undefined ? [name] : list.split(",").map((one) => `${before}${one}${after}`);
}

/** The rows of each walk: its step and the files it names. */
function walks(text: string): readonly (readonly { readonly step: number; readonly files: readonly string[] }[])[] {
  return text
    .split(/^## /m)
    .map((section) =>
      [...section.matchAll(/^\| (\d+) \|([^|]*)\|([^|]*)\|$/gm)].map(([, step, files = "", words = ""]) => ({
        step: Number(step),
        files: [...`${files} ${words}`.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = ""]) => file),
      })),
    )
    .filter((rows) => rows.length > 0);
}

describe("docs/ARCHITECTURE.md", () => {
  const named = namedInTree(page);

  it("names existing files and folders, each once", () => {
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(named.filter((path, at) => named.indexOf(path) !== at)).toEqual([]);
  });

  it("names every folder of the source, and every file of those that it opens", () => {
    const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .map((file) => `src/${file}`)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith("index.ts"));
    const opened = new Set(named.filter((path) => path.endsWith(".ts")).map(dirname));
    const missing = files.filter((file) => {
      if (named.includes(file)) return false;
      return opened.has(dirname(file)) || !named.includes(`${dirname(file)}/`);
    });
    expect(missing).toEqual([]);
  });

  it("uses only existing files in its walks, step by step", () => {
    const all = walks(page);
    expect(all.length).toBeGreaterThan(3);
    for (const rows of all) expect(rows.map(({ step }) => step)).toEqual(rows.map((_, at) => at + 1));
    const found = all.flat().flatMap(({ files }) => files);
    // A file next to one that is named in full, or in a folder next to it, may have its short name.
    const folders = new Set(found.flatMap((file) => [dirname(file), dirname(dirname(file))]));
    const missing = found.filter((file) => ![...folders].some((folder) => existsSync(join(root, "src", folder, file))));
    expect(missing).toEqual([]);
  });

  it("enters no file twice before the acknowledgement of a delivery", () => {
    const [, section = ""] = /^## A message, from socket to acknowledgement$([\s\S]*?)^## /m.exec(page) ?? [];
    const entered = [...section.matchAll(/^\| \d+ \| `([^`]+)`/gm)].map(([, file]) => file);
    expect(entered.length).toBeGreaterThan(8);
    expect(entered.filter((file, at) => entered.indexOf(file) !== at)).toEqual([]);
  });
});
