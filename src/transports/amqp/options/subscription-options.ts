/** The options of `@amqp`, and how they are checked. */
import { envelopeCheck } from "../../../service/envelope-check.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { type FieldChecks, fieldProblems, flag, nonEmptyText, oneOf, texts } from "../../../util/check-fields.ts";
import { type Duration, durationWithin } from "../../../util/duration.ts";
import { schemaCheck } from "../contracts/schema-check.ts";
import { batchChecks } from "./batch-options.ts";
import { type AmqpHandlingOptions, handlingChecks } from "./handling-options.ts";
import type { OrderingKeyFunction } from "./ordering-key.ts";
import { otherSubscriptionNames } from "./other-names.ts";
import { type ReplyOptions, replyChecks, replyProblems } from "./reply-options.ts";

export type ExchangeType = "topic" | "direct" | "fanout" | "headers";

/** The options of `@amqp` beside those of the envelope. */
export interface AmqpOptions extends AmqpHandlingOptions, ReplyOptions {
  /** The name of one of the service's `options.amqp.connections`. @default the connection that `options.amqp` itself describes */
  readonly connection?: string | undefined;
  /** @default the service's `options.amqp.exchangeName` */
  readonly exchangeName?: string | undefined;
  /** Type of an exchange that does not exist yet. @default "topic" */
  readonly exchangeType?: ExchangeType | undefined;
  /** true: instances share one queue. false: each instance has its own queue, and gets every message. @default true */
  readonly competing?: boolean | undefined;
  /** @default a readable name of service, method and pattern */
  readonly queueName?: string | undefined;
  /**
   * A Standard Schema (zod, valibot, arktype, ...): the handler gets its output; what it refuses is dead-lettered, never
   * retried. May be async.
   * @default none: any data is accepted
   */
  readonly schema?: StandardSchema | undefined;
  /**
   * Gives a message's ordering key: messages of one key are handled one after another, in the queue's order, and messages of
   * different keys side by side. With `singleActive` that holds across instances.
   * @default no order
   */
  readonly orderingKey?: OrderingKeyFunction | undefined;
  /**
   * How long the broker lets a consumer of this queue hold a delivery (`x-consumer-timeout`), for handlers that run longer than the
   * broker's own limit, or must be noticed sooner. The framework holds deliveries for half of it. Quorum queues, RabbitMQ 4.3; an
   * older broker keeps its own limit, and the start warns.
   * @default the broker's limit, which `options.amqp.consumerTimeoutSeconds` repeats
   */
  readonly consumerTimeout?: Duration | undefined;
  /**
   * Names that the queue had before, without the prefix. At the start each of these queues is unbound, and it is consumed as well
   * for as long as it is named here. It is never deleted: a stopping instance may still hold messages of it that no count shows. @default none
   */
  readonly previousQueueNames?: readonly string[] | undefined;
  /** Former patterns of the queue, without the prefix: the start removes their bindings. @default none */
  readonly previousPatterns?: readonly string[] | undefined;
  /**
   * The Python method's name, which is part of a generated queue name in the python profile. It has no effect in the reliable profile.
   * @default the method's name
   */
  readonly functionName?: string | undefined;
}

/** Checks of `@amqp`'s own options; what is not here belongs to the envelope. */
export const subscriptionChecks: FieldChecks = {
  ...handlingChecks,
  connection: nonEmptyText,
  exchangeName: nonEmptyText,
  exchangeType: oneOf("topic", "direct", "fanout", "headers"),
  competing: flag,
  queueName: nonEmptyText,
  messageEnvelope: envelopeCheck,
  schema: schemaCheck,
  orderingKey: { expected: "a function (data, context) => key", fits: (value) => typeof value === "function" },
  consumerTimeout: durationWithin(1000, 2_000_000_000),
  previousQueueNames: texts,
  previousPatterns: texts,
  functionName: nonEmptyText,
  ...replyChecks,
  ...batchChecks,
  ...otherSubscriptionNames,
};

/** The problems of the options of one subscription. */
export function subscriptionProblems(own: AmqpOptions): string[] {
  const problems = fieldProblems(own, "options", subscriptionChecks);
  return problems.length > 0 ? problems : replyProblems(own);
}
