/** The findings of the doctor as text for people. */
import { counted, type Diagnosis, type Finding, problemsIn, type Severity } from "./finding.ts";

const marks: Readonly<Record<Severity, string>> = { ok: "ok", info: "info", warning: "warning", problem: "PROBLEM" };

export function diagnosisText(diagnoses: readonly Diagnosis[]): readonly string[] {
  return [...diagnoses.flatMap((one) => [...linesOf(one), ""]), verdict(diagnoses)];
}

function linesOf({ address, services, sections }: Diagnosis): readonly string[] {
  return [
    services.length === 0 ? address : `${address}  for ${services.join(", ")}`,
    ...sections.flatMap(({ title, findings }) => ["", `  ${title}`, ...findings.flatMap(findingLines)]),
  ];
}

function findingLines({ severity, says, fix }: Finding): readonly string[] {
  const indent = " ".repeat(4 + 9);
  return [`    ${marks[severity].padEnd(9)}${says}`, ...(fix === undefined ? [] : [`${indent}-> ${fix}`])];
}

/** The last line: whether the services would start. */
function verdict(diagnoses: readonly Diagnosis[]): string {
  const problems = problemsIn(diagnoses).length;
  const services = new Set(diagnoses.flatMap((one) => one.services));
  if (services.size === 0) {
    return problems === 0 ? "The broker can be used." : `The broker cannot be used: ${counted(problems, "problem")}.`;
  }
  const who = services.size === 1 ? "The service" : `These ${services.size} services`;
  return problems === 0
    ? `${who} would start: no finding prevents it.`
    : `${who} would not start: ${counted(problems, "problem")}, marked PROBLEM above.`;
}
