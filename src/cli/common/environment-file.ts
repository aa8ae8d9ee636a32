/** `.env`: variables for development, from the folder in which a command is started. The real environment overrides them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { hasCode, messageOf } from "../../errors.ts";
import { UsageError } from "./errors.ts";
import { type Environment, signOfProduction } from "./run-surroundings.ts";

export interface EnvironmentFile {
  /** The variables that the file has set, in its order. Empty if there is no file, and in production. */
  readonly names: readonly string[];
  /** The environment before the file was read, for a child process that reads the file itself. */
  readonly before: Environment;
}

/** A global CLI passes the process on to the project's copy, which must not take the variables of the file for real ones. */
const mark = Symbol.for("tomodachi.cli.environmentFile");

/**
 * Reads the file once in a process, and adds its variables to the environment of this process.
 * @throws UsageError if the file exists but cannot be read
 */
export function useEnvironmentFile(words: readonly string[], folder: string = process.cwd()): EnvironmentFile {
  const earlier: unknown = Reflect.get(globalThis, mark);
  if (earlier !== undefined) return earlier as EnvironmentFile;
  const before = { ...process.env };
  const read = isProduction(words, before) ? {} : readFile(join(folder, ".env"));
  const names: string[] = [];
  for (const [name, value] of Object.entries(read)) {
    if (before[name] !== undefined || value === undefined) continue;
    process.env[name] = value;
    names.push(name);
  }
  const file: EnvironmentFile = { names, before };
  Object.defineProperty(globalThis, mark, { value: file });
  return file;
}

/** Decided before the words are checked, because the file may contain what they are checked against. */
function isProduction(words: readonly string[], environment: Environment): boolean {
  const variable = (environment["TOMODACHI_PRODUCTION"] ?? "").trim().toLowerCase();
  const isOn = ["1", "yes", "true", "on"].includes(variable);
  const isAsked = words.some((word) => /^--production(?:=(?:1|yes|true|on))?$/i.test(word));
  return signOfProduction(isOn || isAsked, environment) !== undefined;
}

function readFile(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    // A folder with this name is a Python virtual environment.
    if (hasCode(error, "ENOENT") || hasCode(error, "EISDIR")) return {};
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}. Correct its permissions, or delete it.`, {
      cause: error,
    });
  }
}
