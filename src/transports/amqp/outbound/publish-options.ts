/** Options of one publish, and the names that are not options. */
import type { Envelope } from "../../../service/envelope.ts";
import { ConfigurationError } from "../../../service/errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { unknownField } from "../../../util/check-fields.ts";
import type { Duration } from "../../../util/duration.ts";
import type { DeclareMode } from "../options/declare-option.ts";
import { checkGivenEnvelope } from "../options/given-envelope.ts";
import { refuseWrongValues } from "./publish-option-checks.ts";

/** Options of one publish, beside those of the envelope. */
export interface PublishOptions {
  /** The key without the prefix. */
  readonly routingKey: string;
  /** The name of one of the service's `options.amqp.connections`. @default the connection that `options.amqp` itself describes */
  readonly connection?: string | undefined;
  /** @default the service's `options.amqp.exchangeName` */
  readonly exchangeName?: string | undefined;
  /**
   * false: the exchange is not looked for before the first publish to it. A publish declares nothing, so true and "verify" mean the
   * same here: one look.
   * @default the service's `options.amqp.declare` for exchanges
   */
  readonly declare?: DeclareMode | undefined;
  /**
   * false: resolve at once, or as soon as there is room among 1000 such messages or 16 MiB without an answer; a failure is
   * logged, and the stop of the service still waits for the confirm.
   * @default true
   */
  readonly wait?: boolean | undefined;
  /** null sends the data unchanged. @default the service's */
  readonly messageEnvelope?: Envelope | null | undefined;
  /** Replaces the service's prefix; null or "" for none. @default the service's */
  readonly routingKeyPrefix?: string | null | undefined;
  /** Checks the data before it is sent. The data is sent as given: its handlers transform it. @default none */
  readonly schema?: StandardSchema | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** true: the publish rejects if the message reaches no queue. false: a warning is logged, once per key. @default false */
  readonly mandatory?: boolean | undefined;
  /** 0 to 255, for queues that have priorities. */
  readonly priority?: number | undefined;
  /** After this time an undelivered message leaves its queue: for `<queue>.dlq`, if the queue has one. @default never */
  readonly expiration?: Duration | undefined;
  readonly correlationId?: string | undefined;
  readonly replyTo?: string | undefined;
  /** @default the envelope's id, else a new one */
  readonly messageId?: string | undefined;
  /** AMQP's `type` property. */
  readonly type?: string | undefined;
  readonly contentType?: string | undefined;
}

/** The names of those options. */
export const publishOptionNames: ReadonlySet<string> = new Set([
  "routingKey",
  "connection",
  "exchangeName",
  "declare",
  "wait",
  "messageEnvelope",
  "routingKeyPrefix",
  "schema",
  "headers",
  "mandatory",
  "priority",
  "expiration",
  "correlationId",
  "replyTo",
  "messageId",
  "type",
  "contentType",
]);

/** @throws ERR_CONFIGURATION for options that are wrong, before anything is built */
export function checkPublishOptions(options: PublishOptions, envelope: Envelope | null): void {
  if (typeof options?.routingKey !== "string") {
    throw new ConfigurationError(
      `amqpPublish() needs a routingKey that is a string, as in amqpPublish(this, data, { routingKey: "order.paid" }), but got ${String(options?.routingKey)}.`,
    );
  }
  if (options.messageEnvelope !== undefined) checkGivenEnvelope("amqpPublish()", options.messageEnvelope);
  refuseUnknownOptions("amqpPublish()", options, envelope, publishOptionNames);
  refuseWrongValues(options as unknown as Readonly<Record<string, unknown>>);
}

/** @throws ERR_CONFIGURATION for a name that is not known here and that the envelope cannot know */
export function refuseUnknownOptions(
  label: string,
  options: object,
  envelope: Envelope | null,
  known: ReadonlySet<string>,
): void {
  // An envelope that accepts options may have any name; one that accepts none has no names.
  if (envelope !== null && envelope.buildMessage.length >= 4) return;
  for (const name in options) {
    if (!known.has(name)) throw new ConfigurationError(unknownField(label, name, [...known]));
  }
}
