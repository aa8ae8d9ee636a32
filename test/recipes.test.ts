/** The recipes: each page shows every file of its folder as it is. That the files do what the page says is tested in test/recipes. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { shownFiles } from "./support/shown-files.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples/recipes");
const recipes = readdirSync(folder);

function pageOf(recipe: string): string {
  return readFileSync(join(root, `docs/recipes/${recipe}.md`), "utf8");
}

describe("the pages of the recipes", () => {
  it("exist for each folder", () => {
    const pages = readdirSync(join(root, "docs/recipes")).map((file) => file.replace(/\.md$/, ""));
    expect(pages.sort()).toEqual([...recipes].sort());
  });

  it.each(recipes)("show every file of their folder as it is: %s", (recipe) => {
    const files = readdirSync(join(folder, recipe), { recursive: true, encoding: "utf8" })
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => statSync(join(folder, recipe, file)).isFile());
    const shown = shownFiles(pageOf(recipe));
    expect(shown.map(({ file }) => file).sort()).toEqual(files.sort());
    for (const { file, text } of shown) expect(text, file).toBe(readFileSync(join(folder, recipe, file), "utf8"));
  });

  it.each(recipes)("name an existing test, and say what the recipe does not guarantee: %s", (recipe) => {
    const page = pageOf(recipe);
    const tests = page.match(/test\/recipes\/[\w-]+\.test\.ts/g) ?? [];
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) expect(existsSync(join(root, test)), test).toBe(true);
    expect(page).toContain("## Why it is right");
    expect(page).toContain("## What it does not give");
  });
});
