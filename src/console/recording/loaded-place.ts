/** Where the services of a run were loaded from, for the imports of a test. */
import { pathToFileURL } from "node:url";
import type { RecordingPlace } from "./record-messages.ts";

export interface LoadedFrom {
  readonly files: readonly string[];
  /** Where the test is meant to be. */
  readonly testFolder: string;
}

/** The files are loaded already: an import gives what they export. */
export async function recordingPlace({ files, testFolder }: LoadedFrom): Promise<RecordingPlace> {
  const imported = files.map(async (path) => {
    const exports = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    return { path, exports };
  });
  return { files: await Promise.all(imported), folder: testFolder, redact: undefined };
}
