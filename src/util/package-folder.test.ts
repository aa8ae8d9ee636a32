import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { packageFolder } from "./package-folder.ts";

it("packageFolder finds a package from a module at any depth, also with spaces in the path", () => {
  const folder = mkdtempSync(join(tmpdir(), "a package "));
  try {
    mkdirSync(join(folder, "dist/deep"), { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    for (const path of ["index.js", "dist/index.js", "dist/deep/chunk.js"]) {
      expect(packageFolder(pathToFileURL(join(folder, path)).href)).toBe(folder);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
