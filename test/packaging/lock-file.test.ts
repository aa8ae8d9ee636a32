/** The lock file installs on every platform: it lists optional packages of all of them, and fits package.json. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(packageFolder, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages);
const namesOf = (path: string): readonly string[] => Object.keys(lock.packages[path]?.optionalDependencies ?? {});

/** Where Node finds a package that `from` imports: beside it, or in a folder above. */
function isLocked(name: string, from: string): boolean {
  if (`${from}${from === "" ? "" : "/"}node_modules/${name}` in lock.packages) return true;
  return from !== "" && isLocked(name, from.slice(0, Math.max(0, from.lastIndexOf("node_modules/") - 1)));
}

describe("the lock file", () => {
  it.each([
    ["esbuild", ["@esbuild/linux-x64", "@esbuild/darwin-arm64", "@esbuild/win32-x64"]],
    ["@biomejs/biome", ["@biomejs/cli-linux-x64", "@biomejs/cli-darwin-arm64", "@biomejs/cli-win32-x64"]],
    ["oxlint", ["@oxlint/binding-linux-x64-gnu", "@oxlint/binding-darwin-arm64", "@oxlint/binding-win32-x64-msvc"]],
    ["oxlint-tsgolint", ["@oxlint-tsgolint/linux-x64", "@oxlint-tsgolint/darwin-arm64", "@oxlint-tsgolint/win32-x64"]],
    ["rollup", ["@rollup/rollup-linux-x64-gnu", "@rollup/rollup-darwin-arm64", "@rollup/rollup-win32-x64-msvc"]],
  ])("lists the binaries of %s for Linux, macOS and Windows", (name, binaries) => {
    expect(namesOf(`node_modules/${name}`)).toEqual(expect.arrayContaining(binaries));
    expect(binaries.filter((binary) => !isLocked(binary, `node_modules/${name}`))).toEqual([]);
  });

  it("lists every optional package of every platform", () => {
    const missing = locked.flatMap(([path]) =>
      namesOf(path)
        .filter((name) => !isLocked(name, path))
        .map((name) => `${path} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("names no download host", () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it.each(["tsx", "pino-pretty"])("marks %s as optional, so that --omit=optional leaves it out", (name) => {
    expect(namesOf("")).toContain(name);
    expect(lock.packages[`node_modules/${name}`]?.optional).toBe(true);
  });

  it("fits package.json: npm ci does not refuse it", () => {
    const folder = mkdtempSync(join(tmpdir(), "tomodachi-lock-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
      copyFileSync(join(packageFolder, file), join(folder, file));
    }
    // npm compares the two files first; without a network it fails as soon as something is missing in the lock file.
    const { status, stderr } = spawnSync("npm", ["ci", "--dry-run", "--ignore-scripts", "--offline"], {
      cwd: folder,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    expect(status, stderr).toBe(0);
  });
});
