/** A CLI that is installed globally hands over to the copy of tomodachi that the service itself imports. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { LoadError } from "../common/errors.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";

/** Another copy of this package. */
export interface OtherCopy {
  readonly folder: string;
  readonly version: string;
  /** The module that is its command line; importing it runs it on the arguments of this process. */
  readonly main: string;
}

// Known to every copy of the package: the copy that was handed the process keeps it, whatever it finds.
const handedOver = Symbol.for("tomodachi.cli.handedOver");

/** The copy that the services import, when it is not this one. */
export function otherCopyFor(files: readonly string[]): OtherCopy | undefined {
  const folders = new Map<string, string>();
  for (const file of files) {
    const folder = copySeenFrom(file);
    if (folder !== undefined) folders.set(folder, file);
  }
  const [first, second] = [...folders];
  if (first && second) {
    throw new LoadError(
      "ERR_SERVICE_FILE",
      `One process can use only one copy of tomodachi, but ${first[1]} uses the copy in ${first[0]} and ${second[1]} the one in ${second[0]}. Run them as separate processes.`,
    );
  }
  if (!first || first[0] === ownFolder() || handedOver in globalThis) return undefined;
  const { bin, version } = readManifest(first[0]);
  const main = bin?.tomodachi;
  return main === undefined ? undefined : { folder: first[0], version, main: join(first[0], main) };
}

/** Runs the other copy's command line in this process; from here on it decides about everything, the exit too. */
export async function handOver({ main }: OtherCopy): Promise<void> {
  Object.defineProperty(globalThis, handedOver, { value: true });
  await import(pathToFileURL(main).href);
}

function copySeenFrom(file: string): string | undefined {
  try {
    return dirname(createRequire(file).resolve("tomodachi/package.json"));
  } catch {
    // None is installed there: the import itself reports it.
    return undefined;
  }
}
