// The messages of the benchmark: data of a given size, and the JsonBase envelope as one writes it by hand.
import { randomUUID } from "node:crypto";

const template = { customer: "customer-4711", total: 129.9, paid: true, items: [1, 2, 3], note: "" };

const notes = new Map();

/** Returns data whose JSON has about `bytes` bytes; costs next to nothing, for it is a part of what is measured. */
export function dataOf(id, bytes) {
  let note = notes.get(bytes);
  if (note === undefined) {
    note = "x".repeat(Math.max(0, bytes - JSON.stringify(template).length - 12));
    notes.set(bytes, note);
  }
  return { id, customer: template.customer, total: 129.9, paid: true, items: [1, 2, 3], note };
}

/** Envelope and message id of plain amqplib's side. */
export function envelopeOf(uuid, topic, data) {
  const messageUuid = `${uuid}.${randomUUID()}`;
  const envelope = {
    service: { name: "bench", uuid },
    metadata: {
      message_uuid: messageUuid,
      protocol_version: "tomodachi-json-base--1.0.0",
      compatible_protocol_versions: ["json_base-wip"],
      timestamp: Date.now() / 1000,
      topic,
      data_encoding: "raw",
    },
    data,
  };
  return { messageUuid, envelope };
}

/** The properties that the framework sets as well; there are no headers. */
export function propertiesOf(messageId) {
  return {
    persistent: true,
    mandatory: true,
    contentType: "application/json",
    messageId,
    timestamp: Math.floor(Date.now() / 1000),
    appId: "bench",
  };
}

/** True once for each message whose id divides by 100. */
export function failsOnce() {
  const failed = new Set();
  return (id) => id % 100 === 0 && !failed.has(id) && Boolean(failed.add(id));
}
