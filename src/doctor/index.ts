/** The face of the doctor: what stands between services and their brokers, found without changing anything. */
export { diagnosisText } from "./diagnosis-text.ts";
export { type Examined, examine } from "./examine.ts";
export { type Diagnosis, problemsIn } from "./finding.ts";
export { plannedAddresses } from "./planned-addresses.ts";
export { parseVersion } from "./version-findings.ts";
