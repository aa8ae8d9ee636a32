/** A signal that pauses all handlers of a run, and resumes them when it comes again. Only if it is set. */
import { platform } from "node:os";
import { ConfigurationError } from "./errors.ts";
import type { RunPauses } from "./run-pauses.ts";

/** The variable that names the signal. */
const pauseSignalVariable = "TOMODACHI_PAUSE_SIGNAL";

/** The only one: SIGUSR1 starts Node's inspector, and every other signal means something to a terminal or to a supervisor. */
const pauseSignal = "SIGUSR2";

/** Undefined if it is not set. @throws ConfigurationError for another signal, or on a system without it */
export function pauseSignalOf(
  given: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): typeof pauseSignal | undefined {
  const variable = environment[pauseSignalVariable] || undefined;
  const [source, value] = variable === undefined ? ["pauseSignal", given] : [pauseSignalVariable, variable];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.toUpperCase() !== pauseSignal) {
    throw new ConfigurationError(
      `${source} must be "${pauseSignal}": SIGUSR1 starts Node's inspector, and other signals end or stop a process.`,
    );
  }
  if (platform() !== "win32") return pauseSignal;
  throw new ConfigurationError(`${source} cannot be used: Windows has no ${pauseSignal}. Use the operations port.`);
}

/** Returns what forgets the signal. */
export function pauseOnSignal(pauses: Pick<RunPauses, "toggle">, signal: typeof pauseSignal): () => void {
  const onSignal = (): void => pauses.toggle(signal);
  process.on(signal, onSignal);
  return () => void process.off(signal, onSignal);
}
