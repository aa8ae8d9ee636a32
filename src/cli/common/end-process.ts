/** The end of a process of the command line: what was written is still written, and what failed is told. */
import { hasCode, messageOf, textMemberOf } from "../../errors.ts";
import { foldFrames } from "../../log/fold-frames.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import { printableLines } from "../../util/printable.ts";

/** How long the last output may take when its reader is slow. */
const flushMs = 2000;

/** Ends the process with what was written still written, and whatever timers a service forgot. */
export async function endProcess(code: number): Promise<void> {
  const written = [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)));
  await Promise.race([Promise.all(written), new Promise((done) => setTimeout(done, flushMs))]);
  process.exit(code);
}

/** Tells an error that nothing else has told; gives the exit code. */
export function failure(error: unknown): number {
  const isUsage = hasCode(error, "ERR_USAGE");
  const stack = isUsage ? undefined : textMemberOf(error, "stack");
  const text = stack === undefined ? usageMessage(error) : foldFrames(stack);
  process.stderr.write(hidePasswords(`tomodachi: ${printableLines(text)}\n`));
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
