/** The face of the trace: why a message arrives, or does not. */

export { arrives, type DeliveryTrace } from "./trace.ts";
export { traceServices } from "./trace-services.ts";
export { traceText } from "./trace-text.ts";
