/** The face of messages by hand, for the command line: those that are sent, and those that pass. Services do not load it. */
export { fits } from "./message-filter.ts";
export { MessageSender } from "./message-sender.ts";
export { MessageTail } from "./message-tail.ts";
export { envelopeByName } from "./named-envelopes.ts";
export { readPassing } from "./passing-message.ts";
export { type SendCounts, sendAll } from "./send-all.ts";
export { planSending, type SendingPlan } from "./sending-plan.ts";
export { planTail, type TailPlan } from "./tail-plan.ts";
