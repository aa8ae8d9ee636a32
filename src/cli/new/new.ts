/** `tomodachi new`: writes a project, and prints the next steps. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { hasCode, messageOf } from "../../errors.ts";
import { projectFiles } from "../../scaffold/project-files.ts";
import { tarballName, writeProject } from "../../scaffold/write-project.ts";
import { printable, printableLines } from "../../util/printable.ts";
import { UsageError } from "../common/errors.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";
import type { NewSettings } from "./new-arguments.ts";

/** Returns the exit code. */
export async function runNew(settings: NewSettings): Promise<number> {
  const folder = resolve(settings.folder);
  const { tomodachi, tarball } = sourceOf(settings.tomodachi);
  const files = projectFiles({
    name: settings.name,
    template: settings.template,
    tomodachi,
    tarball: tarball && tarballName(tarball),
    templatesFolder: join(ownFolder(), "templates"),
  });
  try {
    writeProject(folder, files, tarball);
  } catch (error) {
    if (!hasCode(error, "ERR_PROJECT_EXISTS")) throw error;
    process.stderr.write(`tomodachi: ${printableLines(messageOf(error))}\n`);
    return 1;
  }
  const place = relative(process.cwd(), folder) || ".";
  say(`${settings.name} is in ${place}/, from the template ${settings.template}:`);
  for (const path of [...files.keys()].sort()) say(`  ${path}`);
  if (settings.install && !install(folder)) return 1;
  say("");
  if (settings.tomodachi === undefined && !isInstalled(ownFolder())) {
    say(
      `This command runs from a clone. Where ${tomodachi} is not on npm, run \`npm pack\` in the clone, and give the file to`,
    );
    say("`tomodachi new` by --tomodachi.");
    say("");
  }
  say("Next:");
  if (place !== ".") say(`  cd ${place}`);
  if (!settings.install) say("  npm install");
  say("  npm run dev     runs it, and restarts on changes");
  say("  npm test");
  return 0;
}

/** Whether npm has installed the package. */
function isInstalled(folder: string): boolean {
  return folder.split(sep).includes("node_modules");
}

interface Source {
  /** The entry in package.json. */
  readonly tomodachi: string;
  readonly tarball: string | undefined;
}

/** A tarball is copied into the project, so that an image can be built from the folder alone. */
function sourceOf(given: string | undefined): Source {
  if (given === undefined) return { tomodachi: `^${readManifest(ownFolder()).version}`, tarball: undefined };
  if (!/\.tgz$|[\\/]/.test(given)) return { tomodachi: given, tarball: undefined };
  const tarball = resolve(given.replace(/^file:/, ""));
  if (!existsSync(tarball)) throw new UsageError(`--tomodachi names ${tarball}, and there is no such file.`);
  if (!tarball.endsWith(".tgz")) {
    throw new UsageError(`--tomodachi takes a version or a tarball of \`npm pack\`, and ${tarball} is neither.`);
  }
  return { tomodachi: `file:${tarballName(tarball)}`, tarball };
}

function install(folder: string): boolean {
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status === 0) return true;
  process.stderr.write("tomodachi: npm install failed; the files are written. Run it again in the folder.\n");
  return false;
}

function say(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}
