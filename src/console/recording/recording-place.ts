/** Where a test file is, and where it imports the services from. */
import { dirname, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Service } from "../../service/service.ts";
import type { PlayedService } from "./played-message.ts";
import type { Redact } from "./redact.ts";

/** The files from which the services of a run were loaded. */
export interface LoadedFrom {
  readonly files: readonly string[];
  /** The folder for the test. */
  readonly testFolder: string;
  /** Loads the user's function that removes secrets; undefined if there is none. */
  readonly redact: (() => Promise<Redact>) | undefined;
}

export interface RecordingPlace {
  /** The files, each with its exports. */
  readonly files: readonly { readonly path: string; readonly exports: Readonly<Record<string, unknown>> }[];
  /** The folder for the test. */
  readonly folder: string;
  readonly redact: Redact | undefined;
}

/** The files are loaded already, so importing them only returns their exports. */
export async function recordingPlace({ files, testFolder, redact }: LoadedFrom): Promise<RecordingPlace> {
  const imported = files.map(async (path) => {
    const exports = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    return { path, exports };
  });
  return { files: await Promise.all(imported), folder: testFolder, redact: await redact?.() };
}

export function placeOfService(service: Service, { files, folder }: RecordingPlace): PlayedService {
  for (const { path, exports } of files) {
    const found = Object.entries(exports).find(([, value]) => value === service || value === service.constructor);
    if (found) return { name: service.name, exported: found[0], path: pathFrom(folder, path) };
  }
  const [{ path } = { path: dirname(folder) }] = files;
  return { name: service.name, exported: service.constructor.name, path: pathFrom(folder, path) };
}

function pathFrom(folder: string, path: string): string {
  const way = relative(folder, path).replaceAll("\\", "/");
  return way.startsWith(".") ? way : `./${way}`;
}
