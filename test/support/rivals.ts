// Packages that this one is compared with. They are installed where the benchmark has them, in bench/rivals, and only when a test asks.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Whether the packages of `bench/rivals/<name>` are there; installs them. False, with one loud line, where they cannot be installed. */
export function installRival(name: string, packageName: string): boolean {
  const cwd = join(root, "bench/rivals", name);
  if (existsSync(join(cwd, "node_modules", packageName))) return true;
  const words = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"];
  const { status } = spawnSync("npm", words, { cwd, stdio: "ignore", timeout: 300_000 });
  if (status === 0 && existsSync(join(cwd, "node_modules", packageName))) return true;
  if (process.env["REQUIRE_RIVALS"] === "1")
    throw new Error(`${packageName} cannot be installed in bench/rivals/${name}`);
  console.warn(`${packageName} cannot be installed: its migration is not tested`);
  return false;
}

/** A program that uses the packages of a rival, compiled with its own checks beside them; gives the path of what to run. */
export function compileForRival(name: string, source: string): string {
  const folder = join(root, "bench/rivals", name, ".migrate");
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, basename(source));
  copyFileSync(source, copy);
  if (source.endsWith(".mjs")) return copy;
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    moduleDetection: "force",
    // As the command line of NestJS sets it.
    strict: false,
    strictNullChecks: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", ".", "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  return copy.replace(/\.ts$/, ".js");
}
