/** The end of a process of the command line: what was written is still written, and what failed is told. */

import { hasCode, messageOf, textMemberOf } from "../../errors.ts";
import { errorLine, thrownLine } from "./final-line.ts";

/** How long the last output may take when its reader is slow. */
const flushMs = 2000;

/** Ends the process with what was written still written, and whatever timers a service forgot. */
export async function endProcess(code: number): Promise<void> {
  const written = [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)));
  await Promise.race([Promise.all(written), new Promise((done) => setTimeout(done, flushMs))]);
  process.exit(code);
}

/** Writes an error that nothing else has reported; gives the exit code. */
export function failure(error: unknown): number {
  const isUsage = hasCode(error, "ERR_USAGE");
  process.stderr.write(isUsage ? errorLine(usageMessage(error), error) : thrownLine(error));
  return isUsage ? 2 : 1;
}

/** What was wrong with the command line, and where its help is. The error may be of another copy of the package. */
export function usageMessage(error: unknown): string {
  const command = textMemberOf(error, "command");
  if (command === undefined) return messageOf(error);
  return `${messageOf(error)} See \`${["tomodachi", command, "--help"].filter(Boolean).join(" ")}\`.`;
}

/** A reader that went away (`tomodachi --help | head -1`) is no error of the service. */
export function bearGoneReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: unknown) => {
      if (!hasCode(error, "EPIPE")) throw error;
    });
  }
}
