// What `npm start` and `npm test` need on a fresh clone: the dependencies, and (with --build) the compiled package.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const installed = "node_modules/.package-lock.json";
const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync("package-lock.json").mtimeMs;
if (!current) run("Installing the dependencies", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
if (process.argv.includes("--build")) run("Building tomodachi", "npm", ["run", "--silent", "build"]);

/** Says what takes so long, where the output of a command does not belong. */
function run(what, command, parameters) {
  console.error(`${what} ...`);
  const { status } = spawnSync(command, parameters, { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}
