/** The options of one publish, and names that are not options. */
import type { Envelope } from "../../../service/envelope.ts";
import { ConfigurationError } from "../../../service/errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { unknownField } from "../../../util/check-fields.ts";
import type { Duration } from "../../../util/duration.ts";
import type { DeclareMode } from "../options/declare-option.ts";
import { checkGivenEnvelope } from "../options/given-envelope.ts";
import { refuseWrongValues } from "./publish-option-checks.ts";

/** The options of one publish, beside those of the envelope. */
export interface PublishOptions {
  /** The routing key, without the prefix. */
  readonly routingKey: string;
  /** The name of one of the service's `options.amqp.connections`. @default the connection that `options.amqp` itself describes */
  readonly connection?: string | undefined;
  /** The exchange. @default the service's `options.amqp.exchangeName` */
  readonly exchangeName?: string | undefined;
  /**
   * false: the publish does not check that the exchange exists. true and "verify" mean the same: it checks before the first publish,
   * because a publish declares nothing.
   * @default the service's `options.amqp.declare` for exchanges
   */
  readonly declare?: DeclareMode | undefined;
  /**
   * true: resolves when the broker has confirmed the message. false: resolves at once, unless 1000 such messages or 16 MiB wait for their
   * confirms. Then a failure is only logged, and the stop of the service waits for the confirm.
   * @default true
   */
  readonly wait?: boolean | undefined;
  /** The envelope; null sends the data unchanged. @default the envelope of the service */
  readonly messageEnvelope?: Envelope | null | undefined;
  /** Replaces the prefix of the service; null or "" for none. @default the prefix of the service */
  readonly routingKeyPrefix?: string | null | undefined;
  /** Checks the data before it is sent. The data itself is sent unchanged, because the handlers transform it. @default none */
  readonly schema?: StandardSchema | undefined;
  /** The headers of the message. They override headers of the envelope. @default none */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** true: the publish rejects if the message reaches no queue. false: a warning is logged, once per key. @default false */
  readonly mandatory?: boolean | undefined;
  /** The priority, 0 to 255, for queues with priorities. @default none */
  readonly priority?: number | undefined;
  /** After this time an undelivered message leaves its queue. It goes to the dead-letter queue, if there is one. @default never */
  readonly expiration?: Duration | undefined;
  /** The correlation-id property. @default none */
  readonly correlationId?: string | undefined;
  /** The reply-to property. @default none */
  readonly replyTo?: string | undefined;
  /** The message id. @default the id in the envelope, or else a new one */
  readonly messageId?: string | undefined;
  /** The `type` property of AMQP. @default none */
  readonly type?: string | undefined;
  /** The content type. @default that of the envelope */
  readonly contentType?: string | undefined;
}

/** The names of these options. */
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
  const unknown = unknownOptions(options, envelope, publishOptionNames);
  refuseWrongValues(options as unknown as Readonly<Record<string, unknown>>, unknown);
}

const none: readonly string[] = Object.freeze([]);

/** The problem of each name that is not known here and that the envelope cannot know. */
export function unknownOptions(
  options: object,
  envelope: Envelope | null,
  known: ReadonlySet<string>,
): readonly string[] {
  // An envelope that accepts options may have any name; one that accepts none has no names.
  if (envelope !== null && envelope.buildMessage.length >= 4) return none;
  let problems = none;
  for (const name in options) {
    if (!known.has(name)) problems = [...problems, unknownField("options", name, [...known])];
  }
  return problems;
}
