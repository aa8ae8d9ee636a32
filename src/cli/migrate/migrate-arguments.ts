/** What `tomodachi migrate` has to do, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import { UsageError } from "../common/errors.ts";

export interface MigrateSettings {
  /** Service files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  /** The `uuid` that the Python class sets. */
  readonly uuid: string | undefined;
  /** The URL of the broker; without it no broker is asked. */
  readonly url: string | undefined;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function migrateSettings(
  { positionals, services }: { readonly positionals: readonly string[]; readonly services: readonly string[] },
  given: Omit<MigrateSettings, "paths" | "uuid"> & { readonly uuid: string | true | undefined },
): MigrateSettings {
  const [word, ...others] = positionals;
  const paths = [...others, ...services];
  if (word !== "from-python") {
    const problem =
      word === undefined ? "needs a source: from-python" : `has no source "${word}". It knows one: from-python`;
    throw usage(`\`tomodachi migrate\` ${problem}.`);
  }
  if (paths.length === 0) throw usage("`tomodachi migrate from-python` needs a file or a folder.");
  const { uuid, ...rest } = given;
  if (uuid === true || uuid === "") throw usage("--uuid has no value.");
  return { paths, uuid, ...rest };
}

function usage(problem: string): UsageError {
  return new UsageError(`${problem} Try \`tomodachi migrate from-python service/\`.`);
}
