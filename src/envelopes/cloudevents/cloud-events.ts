/** cloudEvents(): an envelope for CloudEvents 1.0. */
import type { BuiltPayload, Envelope, MessageSource, ParsedMessage } from "../../service/envelope.ts";
import { refuseProblems } from "../../service/errors.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { fieldProblems, nonEmptyText, oneOf } from "../../util/check-fields.ts";
import { checkDataLimits, checkPayloadSize, type PayloadLimitOptions, type ValueLimitOptions } from "../data-limit.ts";
import { excerpt, unbuildable, unreadable } from "../errors.ts";
import { type CloudEventAttributes, type CloudEventMessage, newAttributes } from "./event-attributes.ts";
import { isBinary, readBinary, writeBinary } from "./event-headers.ts";
import { readStructured, writeStructured } from "./event-json.ts";

/** What the envelope writes. It reads both forms, whatever is set here. */
export interface CloudEventsOptions {
  /**
   * "structured": the body is the whole event as JSON. "binary": the attributes are headers, and the body is the data alone. @default
   * "structured"
   */
  readonly mode?: "structured" | "binary";
  /** The sender, as a URI reference such as `/orders`. Source and id together identify an event. */
  readonly source: string;
  /** The kind of event, for example `com.example.order.paid`. @default the routing key of each publish */
  readonly type?: string;
}

/** Options that a decorator accepts with this envelope. */
export interface CloudEventsReadOptions extends PayloadLimitOptions, ValueLimitOptions {}

/** Options that a publish accepts with this envelope. */
export interface CloudEventsPublishOptions {
  /** Attributes and extensions of this event. @default those of the envelope, and a new id */
  readonly event?: CloudEventAttributes;
}

/** The envelope that `cloudEvents()` returns. */
export interface CloudEventsEnvelope extends Envelope<CloudEventMessage, CloudEventsReadOptions> {
  buildMessage(
    service: ServiceInstance,
    topic: string,
    data: unknown,
    options: CloudEventsPublishOptions,
  ): BuiltPayload;
}

const STRUCTURED = "application/cloudevents+json; charset=utf-8";
const BYTES = "application/octet-stream";

const checks = { mode: oneOf("structured", "binary"), source: nonEmptyText, type: nonEmptyText };

/**
 * Makes an envelope that writes CloudEvents in one form and reads both forms. Two events with the same source and id are duplicates.
 *
 * @example
 * ```ts
 * messageEnvelope = cloudEvents({ mode: "binary", source: "/orders" });
 * ```
 * @throws ERR_CONFIGURATION when an option is wrong, or the source is missing
 */
export function cloudEvents(options: CloudEventsOptions): CloudEventsEnvelope {
  const problems = fieldProblems(options, "options", checks);
  if (typeof options === "object" && options !== null && options.source === undefined)
    problems.push('options.source is missing. Write the name of the sender, such as "/orders".');
  refuseProblems("cloudEvents()", problems);
  const { mode = "structured", source, type } = options;
  return {
    optionNames: ["maxPayloadBytes", "maxValues"],
    validate: checkDataLimits,

    buildMessage({ uuid }: ServiceInstance, topic: string, data: unknown, { event = {} }: CloudEventsPublishOptions) {
      if (typeof event !== "object" || event === null) {
        throw unbuildable(
          `event must be an object of attributes, as in { event: { subject: "1" } }, not ${String(event)}.`,
        );
      }
      const datacontenttype = data instanceof Uint8Array ? BYTES : "application/json";
      const attributes = newAttributes(event, { uuid, source, type: type ?? topic, datacontenttype });
      const { id, time, datacontenttype: contentType } = attributes;
      const messageUuid = String(id);
      const timestamp = Math.floor(Date.parse(String(time)) / 1000);
      if (mode === "structured") {
        return { payload: writeStructured(attributes, data), messageUuid, timestamp, contentType: STRUCTURED };
      }
      return { ...writeBinary(attributes, data), messageUuid, timestamp, contentType: String(contentType) };
    },

    parseMessage(payload: Buffer, limits: CloudEventsReadOptions, beside?: MessageSource) {
      checkPayloadSize(payload, limits);
      const { maxValues } = limits;
      const isBinaryForm = beside !== undefined && isBinary(beside);
      return parsedOf(isBinaryForm ? readBinary(payload, beside, maxValues) : readOther(payload, beside, maxValues));
    },
  };
}

/** Reads everything that is not in the binary form as JSON, even if the content type names something else. */
function readOther(
  payload: Buffer,
  source: MessageSource | undefined,
  maxValues: number | undefined,
): CloudEventMessage {
  const contentType = source?.properties.contentType ?? "";
  if (/^application\/cloudevents/i.test(contentType) && !/^application\/cloudevents\+json\b/i.test(contentType)) {
    throw unreadable(
      `The envelope cannot read events of the content type ${excerpt(contentType)}. Send application/cloudevents+json.`,
    );
  }
  return readStructured(payload, maxValues);
}

function parsedOf(message: CloudEventMessage): ParsedMessage<CloudEventMessage> {
  const timestamp = Date.parse(message.time ?? "") / 1000;
  return {
    message,
    // An id is unique only for its source.
    messageUuid: `${message.source}#${message.id}`,
    timestamp: Number.isNaN(timestamp) ? undefined : timestamp,
  };
}
