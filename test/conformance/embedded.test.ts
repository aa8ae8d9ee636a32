// The suite against the embedded broker.
import { startEmbedded } from "./admin-embedded.ts";
import { divergences } from "./divergences.ts";
import { describeBroker } from "./suite.ts";

describeBroker("the embedded broker", startEmbedded, divergences);
