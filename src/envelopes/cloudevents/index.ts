/**
 * An envelope for CloudEvents 1.0.
 *
 * @module tomodachi/cloudevents
 */
import type { CloudEventsPublishOptions } from "./cloud-events.ts";

declare module "../../service/envelope.ts" {
  interface OwnEnvelopePublishOptions extends CloudEventsPublishOptions {}
}

export {
  type CloudEventsEnvelope,
  type CloudEventsOptions,
  type CloudEventsPublishOptions,
  type CloudEventsReadOptions,
  cloudEvents,
} from "./cloud-events.ts";
export type { AttributeValue, CloudEventAttributes, CloudEventMessage } from "./event-attributes.ts";
