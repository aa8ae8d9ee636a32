/** The findings of the doctor: a sentence each, the severity, and what to do. */

/**
 * `problem`: a service that needs this does not start. `warning`: the service starts, but something is weaker or fails later. `info`: what
 * happens at the start, or what could not be examined and why. `ok`: everything is correct.
 */
export type Severity = "ok" | "info" | "warning" | "problem";

export interface Finding {
  readonly severity: Severity;
  readonly says: string;
  /** What to do, as a sentence. */
  readonly fix?: string;
}

/** Findings of one kind. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** The findings about one broker, or about one virtual host of it. */
export interface Diagnosis {
  /** The address without a password. */
  readonly address: string;
  /** The services that use it. */
  readonly services: readonly string[];
  /** Product and version of the broker; null if it cannot be reached. */
  readonly broker: { readonly product: string; readonly version: string; readonly cluster: string | null } | null;
  readonly sections: readonly Section[];
}

export function problemsIn(diagnoses: readonly Diagnosis[]): readonly Finding[] {
  return diagnoses
    .flatMap(({ sections }) => sections.flatMap(({ findings }) => findings))
    .filter(({ severity }) => severity === "problem");
}

export function ok(says: string): Finding {
  return { severity: "ok", says };
}

export function info(says: string, fix?: string): Finding {
  return { severity: "info", says, ...(fix !== undefined && { fix }) };
}

export function warning(says: string, fix?: string): Finding {
  return { severity: "warning", says, ...(fix !== undefined && { fix }) };
}

export function problem(says: string, fix?: string): Finding {
  return { severity: "problem", says, ...(fix !== undefined && { fix }) };
}

export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
