/** The face of the description: what a service has, known without running it. */
export { describeService } from "./describe-service.ts";
export { descriptionMermaid } from "./description-mermaid.ts";
export { descriptionText } from "./description-text.ts";
export type { ServiceDescription } from "./service-description.ts";
