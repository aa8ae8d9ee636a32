/** `.env`: variables of development, from the folder where a command is started. The real environment wins. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { hasCode, messageOf } from "../../errors.ts";
import { UsageError } from "./errors.ts";
import { type Environment, signOfProduction } from "./run-surroundings.ts";

export interface EnvironmentFile {
  /** Variables that it has set, in its order; none where there is no file, and in production. */
  readonly names: readonly string[];
  /** The environment as it was before: what a process has to be given that reads the file itself. */
  readonly before: Environment;
}

/** A global CLI hands the process over to the project's copy, which must not take the file's variables for real ones. */
const mark = Symbol.for("tomodachi.cli.environmentFile");

/**
 * Reads the file once in a process, and puts its variables into the environment of this process.
 * @throws UsageError when there is a file that cannot be read
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

/** Before the words are checked: the file may hold what they are checked against. */
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
    // A folder of this name is an environment of Python.
    if (hasCode(error, "ENOENT") || hasCode(error, "EISDIR")) return {};
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}. Correct its permissions, or delete it.`, {
      cause: error,
    });
  }
}
