// The suite against the embedded broker, as each release that it can follow.
import { startEmbedded } from "./admin-embedded.ts";
import { divergences } from "./divergences.ts";
import { describeBroker } from "./suite.ts";

for (const version of ["3.10", "3.13", "4.0", "4.3"] as const) {
  describeBroker(`the embedded broker as RabbitMQ ${version}`, () => startEmbedded(version), divergences);
}
