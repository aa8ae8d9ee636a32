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

it("loaded code, data, .env and further endings are watched", () => {
  const files = sources([".sql"]);
  files.loaded(join(folder, "app.ts"), 0);
  const wanted = ["app.ts", "data.json", "shop.proto", ".env", "query.SQL"].filter((name) =>
    files.isWanted(join(folder, name)),
  );
  expect(wanted).toEqual(["app.ts", "data.json", "shop.proto", ".env", "query.SQL"]);
  const others = ["app.test.ts", "package-lock.json", "notes.md", "query.graphql", "sub/.env", "app.ts~"];
  expect(others.filter((name) => files.isWanted(join(folder, name)))).toEqual([]);
});

it("any code is watched while a file could not be loaded", () => {
  const files = sources();
  files.isIncomplete = true;
  expect(files.isWanted(join(folder, "missing.ts"))).toBe(true);
  files.isIncomplete = false;
  expect(files.isWanted(join(folder, "missing.ts"))).toBe(false);
});

it("a file that is written again with the same content has not changed", () => {
  const files = sources();
  const path = join(folder, "a.json");
  expect(files.hasChanged(path)).toBe(true);
  expect(files.hasChanged(path)).toBe(false);
});

it("a file that is older than its process is known, and a younger one is new", () => {
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
