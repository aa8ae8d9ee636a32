/** Envelopes by the names that a command line has for them. */
import { cloudEvents } from "../envelopes/cloudevents/cloud-events.ts";
import { Json } from "../envelopes/json.ts";
import { JsonBase } from "../envelopes/json-base.ts";
import { RawBytes } from "../envelopes/raw-bytes.ts";
import type { Envelope } from "../service/envelope.ts";
import { type EnvelopeName, envelopeNames } from "./envelope-name.ts";

/** The sender that events of this envelope name. */
const eventSource = "/tomodachi/publish";

export function envelopeByName(name: EnvelopeName): Envelope | null {
  if (name === "json") return Json as Envelope;
  if (name === "json-base") return JsonBase as Envelope;
  if (name === "raw") return RawBytes as Envelope;
  return name === "cloudevents" ? (cloudEvents({ source: eventSource }) as Envelope) : null;
}

/** The name for people; an envelope that a service brings itself is "custom". */
export function nameOfEnvelope(envelope: Envelope | null): string {
  if (envelope === null) return "none";
  return envelopeNames.find((name) => envelopeByName(name) === envelope) ?? "custom";
}
