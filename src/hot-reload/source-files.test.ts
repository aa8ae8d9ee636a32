import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { SourceFiles } from "./source-files.ts";

const folder = mkdtempSync(join(tmpdir(), "tomodachi-sources-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environmentFile = join(folder, ".env");

function sources(moreEndings: readonly string[] = []): SourceFiles {
  return new SourceFiles({ environmentFile, moreEndings });
}

it("wants code that was loaded, data, .env and further endings", () => {
  const files = sources([".sql"]);
  files.loaded(join(folder, "app.ts"), 0);
  const wanted = ["app.ts", "data.json", "shop.proto", ".env", "query.SQL"].filter((name) =>
    files.isWanted(join(folder, name)),
  );
  expect(wanted).toEqual(["app.ts", "data.json", "shop.proto", ".env", "query.SQL"]);
  const others = ["app.test.ts", "package-lock.json", "notes.md", "query.graphql", "sub/.env", "app.ts~"];
  expect(others.filter((name) => files.isWanted(join(folder, name)))).toEqual([]);
});

it("wants any code while something could not be loaded", () => {
  const files = sources();
  files.isIncomplete = true;
  expect(files.isWanted(join(folder, "missing.ts"))).toBe(true);
  files.isIncomplete = false;
  expect(files.isWanted(join(folder, "missing.ts"))).toBe(false);
});

it("knows what it has seen: a file that is written again as it is has not changed", () => {
  const files = sources();
  const path = join(folder, "a.json");
  expect(files.hasChanged(path)).toBe(true);
  expect(files.hasChanged(path)).toBe(false);
});

it("takes a file that is older than its process for seen, and a younger one not", () => {
  const path = join(mkdtempSync(join(tmpdir(), "tomodachi-sources-")), "app.ts");
  writeFileSync(path, "1");
  const older = sources();
  expect(older.loaded(path, Date.now() + 10_000)).toBe(true);
  expect(older.loaded(path, Date.now() + 10_000)).toBe(false);
  expect(older.hasChanged(path)).toBe(false);
  const younger = sources();
  younger.loaded(path, 0);
  expect(younger.hasChanged(path)).toBe(true);
  writeFileSync(path, "2");
  expect(older.hasChanged(path)).toBe(true);
  rmSync(path);
  expect(older.hasChanged(path)).toBe(true);
});
