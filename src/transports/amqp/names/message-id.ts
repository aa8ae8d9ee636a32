/** Ids of messages, as other messages carry them on. */

/** AMQP 0-9-1, 4.2.5.3: what fits into a property. Undefined for anything else: senders choose their ids. */
export function idIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && Buffer.byteLength(value) <= 255 ? value : undefined;
}
