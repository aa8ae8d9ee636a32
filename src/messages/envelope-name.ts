/** The names that a command line has for envelopes; apart, so that help and checks load no envelope. */

/** `none` is plain text, `raw` is bytes. */
export type EnvelopeName = "none" | "json" | "json-base" | "cloudevents" | "raw";

export const envelopeNames: readonly EnvelopeName[] = ["none", "json", "json-base", "cloudevents", "raw"];
