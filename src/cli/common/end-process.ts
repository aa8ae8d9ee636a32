/** Ends a process of the command line: the remaining output is still written, and failures are reported. */

import { hasCode, messageOf, textMemberOf } from "../../errors.ts";
import { errorLine, thrownLine } from "./final-line.ts";
import { writeStyled } from "./write-lines.ts";

/** How long the last output may take if its reader is slow, in milliseconds. */
const flushMs = 2000;

/** Ends the process after its output was written, even if a service has left timers. */
export async function endProcess(code: number): Promise<void> {
  const written = [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)));
  await Promise.race([Promise.all(written), new Promise((done) => setTimeout(done, flushMs))]);
  process.exit(code);
}

/** Writes an error that was not reported before. Returns the exit code. */
export function failure(error: unknown): number {
  const isUsage = hasCode(error, "ERR_USAGE");
  const text = isUsage ? errorLine(usageMessage(error), error) : thrownLine(error);
  writeStyled(text.trimEnd().split("\n"), process.stderr);
  return isUsage ? 2 : 1;
}

/** What was wrong with the command line, and where its help is. The error may come from another copy of the package. */
export function usageMessage(error: unknown): string {
  const command = textMemberOf(error, "command");
  if (command === undefined) return messageOf(error);
  return `${messageOf(error)} See \`${["tomodachi", command, "--help"].filter(Boolean).join(" ")}\`.`;
}

/** A reader that went away (`tomodachi --help | head -1`) is not an error of the service. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: unknown) => {
      if (!hasCode(error, "EPIPE")) throw error;
    });
  }
}
