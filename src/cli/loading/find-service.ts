/** Finds service files for what was typed: a file, a file without its extension, or a folder. */
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { closest } from "../../util/closest.ts";
import { LoadError } from "../common/errors.ts";

export interface FindSettings {
  /** The folder for relative paths. */
  readonly cwd: string;
  /** If a source file and its compiled output are in the same folder, production uses the output and development the source. */
  readonly production: boolean;
}

export const typescriptExtensions: readonly string[] = [".ts", ".mts", ".cts"];
const javascriptExtensions: readonly string[] = [".js", ".mjs", ".cjs"];
/** The main file of a folder: the first name that exists. */
const mainNames: readonly string[] = ["service", "app", "index"];
const listedEntries = 20;

/**
 * The files to load, with absolute paths, each once, in the given order. As in Node, `service` means the file `service.ts` before the
 * folder `service/`. With a slash at the end it means the folder.
 *
 * @throws LoadError that says which files were looked for, and which exist instead
 */
export function findServices(paths: readonly string[], settings: FindSettings): string[] {
  const found = new Map<string, string>();
  for (const path of paths) {
    for (const file of filesOf(path, settings)) {
      const real = realpathSync(file);
      if (!found.has(real)) found.set(real, file);
    }
  }
  return [...found.values()];
}

function filesOf(path: string, settings: FindSettings): readonly string[] {
  const full = resolve(settings.cwd, path);
  const extensions = settings.production
    ? [...javascriptExtensions, ...typescriptExtensions]
    : [...typescriptExtensions, ...javascriptExtensions];
  if (kindOf(full) === "file") return [checkedFile(path, full, extensions)];
  const asksForFolder = /[\\/]$|(^|[\\/])\.{1,2}$/.test(path);
  const file = asksForFolder ? undefined : withExtension(full, extensions);
  if (file !== undefined) return [file];
  if (kindOf(full) === "folder") return filesInFolder(path, full, settings, extensions);
  throw notThere(path, full, settings, extensions);
}

function checkedFile(path: string, full: string, extensions: readonly string[]): string {
  if (extensions.includes(extname(full)) && !/\.d\.[cm]?ts$/.test(full)) return full;
  throw new LoadError(
    "ERR_SERVICE_FILE",
    `"${path}" is not a service file: service files end in ${extensions.join(", ")}${full.endsWith("ts") ? ", and a .d.ts file holds types only" : ""}.`,
  );
}

function withExtension(stem: string, extensions: readonly string[]): string | undefined {
  return extensions.map((extension) => stem + extension).find((file) => kindOf(file) === "file");
}

function filesInFolder(
  path: string,
  folder: string,
  { cwd }: FindSettings,
  extensions: readonly string[],
): readonly string[] {
  for (const name of mainNames) {
    const file = withExtension(join(folder, name), extensions);
    if (file !== undefined) return [file];
  }
  const stems = new Set<string>();
  for (const entry of entriesOf(folder)) {
    if (extensions.includes(extname(entry.name))) stems.add(entry.name.slice(0, -extname(entry.name).length));
  }
  const services = [...stems].filter((stem) => stem.endsWith(".service")).sort();
  const files = services.flatMap((stem) => withExtension(join(folder, stem), extensions) ?? []);
  if (files.length > 0) return files;
  throw new LoadError(
    "ERR_SERVICE_FILE",
    `The folder "${path}" has no service file: looked for ${mainNames.join(", ")} and *.service with the endings ${extensions.join(" ")} in ${folder}. ${contentOf(folder)}${chooseFile(folder, cwd, extensions)}`,
  );
}

/** What to do in a folder whose code files have other names; empty if there are none. */
function chooseFile(folder: string, cwd: string, extensions: readonly string[]): string {
  const code = namesIn(folder, "file").filter(
    (name) => extensions.includes(extname(name)) && !/\.(d|test|spec)\.[cm]?[jt]s$/.test(name),
  );
  const [first] = code.sort();
  if (first === undefined) return "";
  const renamed = `${stemOf(first)}.service${extname(first)}`;
  return ` Name a file instead of the folder, such as ${shown(join(folder, first), cwd)}, or rename it to ${renamed}.`;
}

function notThere(path: string, full: string, { cwd }: FindSettings, extensions: readonly string[]): LoadError {
  const parent = dirname(full);
  if (kindOf(parent) !== "folder") {
    const [missing, base] = firstMissing(parent);
    const meant = closest(basename(missing), namesIn(base, "folder"));
    const cure = meant ? didYouMean(correctedPath(full, missing, join(base, meant)), cwd) : contentOf(base);
    return new LoadError("ERR_SERVICE_FILE", `There is no "${path}": there is no folder ${missing}. ${cure}`);
  }
  if (/[\\/]$/.test(path)) {
    const meant = closest(basename(full), namesIn(parent, "folder"));
    const cure = meant ? didYouMean(join(parent, meant), cwd) : contentOf(parent);
    return new LoadError("ERR_SERVICE_FILE", `There is no folder "${path}". ${cure}`);
  }
  const meant = nearName(basename(full), parent, extensions);
  const endings = extensions.includes(extname(full)) ? "" : `, also with the endings ${extensions.join(" ")}`;
  const cure = meant ? didYouMean(join(parent, meant), cwd) : contentOf(parent);
  return new LoadError("ERR_SERVICE_FILE", `There is no "${path}": looked for ${full}${endings}. ${cure}`);
}

function didYouMean(full: string, cwd: string): string {
  return `Did you mean "${shown(full, cwd)}${kindOf(full) === "folder" ? "/" : ""}"?`;
}

/** The whole path with its folder corrected, if that exists; otherwise only the folder. */
function correctedPath(full: string, missing: string, folder: string): string {
  const corrected = join(folder, relative(missing, full));
  return kindOf(corrected) === undefined ? folder : corrected;
}

/** The first folder in the path that does not exist, and the folder that should contain it. */
function firstMissing(folder: string): [missing: string, base: string] {
  const parent = dirname(folder);
  return kindOf(parent) === "folder" || parent === folder ? [folder, parent] : firstMissing(parent);
}

/** The name in the folder that was probably meant: first the same name with another extension, then a misspelled name. */
function nearName(name: string, folder: string, extensions: readonly string[]): string | undefined {
  const files = namesIn(folder, "file").filter((file) => extensions.includes(extname(file)));
  const stem = stemOf(name);
  const sameStem = files.find((file) => stemOf(file) === stem);
  if (sameStem !== undefined) return sameStem;
  const near = closest(stem, [...files.map(stemOf), ...namesIn(folder, "folder")]);
  return files.find((file) => stemOf(file) === near) ?? near;
}

function stemOf(name: string): string {
  return basename(name, extname(name));
}

function contentOf(folder: string): string {
  const names = entriesOf(folder).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  if (names.length === 0) return "The folder is empty.";
  const more = names.length > listedEntries ? `, and ${names.length - listedEntries} more` : "";
  return `It holds: ${names.sort().slice(0, listedEntries).join(", ")}${more}.`;
}

function namesIn(folder: string, kind: "file" | "folder"): string[] {
  const entries = entriesOf(folder).filter((entry) => !entry.name.startsWith("."));
  return entries.filter((entry) => entry.isDirectory() === (kind === "folder")).map(({ name }) => name);
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function kindOf(path: string): "file" | "folder" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? "folder" : found?.isFile() ? "file" : undefined;
}

function shown(full: string, cwd: string): string {
  const short = relative(cwd, full);
  return short.startsWith("..") ? full : short;
}
