/** A globally installed CLI passes the process on to the copy of tomodachi that the service imports. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { LoadError } from "../common/errors.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";

/** Another copy of this package. */
export interface OtherCopy {
  readonly folder: string;
  readonly version: string;
  /** The module of its command line. Importing it runs it with the arguments of this process. */
  readonly main: string;
}

// Every copy of the package knows this symbol. The copy that received the process keeps it, whatever it finds.
const handedOver = Symbol.for("tomodachi.cli.handedOver");

/** The copy that the services import, if it is not this one. */
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

/** Runs the command line of the other copy in this process. From then on it decides everything, also the exit. */
export async function handOver({ main }: OtherCopy): Promise<void> {
  Object.defineProperty(globalThis, handedOver, { value: true });
  await import(pathToFileURL(main).href);
}

function copySeenFrom(file: string): string | undefined {
  try {
    return dirname(createRequire(file).resolve("tomodachi/package.json"));
  } catch {
    // No copy is installed there. The import itself reports this.
    return undefined;
  }
}
