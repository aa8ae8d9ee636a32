// One line for each fault case that ran, for the table of `npm run soak`.
import { appendFileSync } from "node:fs";

/** What a case came to. */
export interface FaultRow {
  readonly case: string;
  readonly confirmed: number;
  readonly handled: number;
  readonly deadLettered: number;
  readonly missing: number;
  /** Runs of a message that had been handled already. */
  readonly repeated: number;
  readonly seconds: number;
}

const { SOAK_REPORT: file } = process.env;

/** Writes a row where the run asked for it. */
export function reportRow(row: FaultRow): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}
