/** The doctor: finds what prevents services from running on their brokers, and changes nothing. */
export { diagnosisText } from "./diagnosis-text.ts";
export { type Examined, examine } from "./examine.ts";
export { type Diagnosis, problemsIn } from "./finding.ts";
export { plannedAddresses } from "./planned-addresses.ts";
