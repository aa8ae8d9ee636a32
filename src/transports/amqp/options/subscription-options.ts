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

/** The type of an exchange. */
export type ExchangeType = "topic" | "direct" | "fanout" | "headers";

/** The options of `@amqp`, beside those of the envelope. */
export interface AmqpOptions extends AmqpHandlingOptions, ReplyOptions {
  /** The name of one of the service's `options.amqp.connections`. @default the connection that `options.amqp` itself describes */
  readonly connection?: string | undefined;
  /** The exchange of the binding. @default the service's `options.amqp.exchangeName` */
  readonly exchangeName?: string | undefined;
  /** The type of the exchange, if it does not exist yet. @default "topic" */
  readonly exchangeType?: ExchangeType | undefined;
  /** true: all instances share one queue. false: each instance has its own queue and gets every message. @default true */
  readonly competing?: boolean | undefined;
  /** The name of the queue, without the prefix. @default a readable name from service, method and pattern */
  readonly queueName?: string | undefined;
  /**
   * A Standard Schema (zod, valibot, arktype, ...), which may be async. The handler receives its output. A message that it refuses is
   * dead-lettered and never retried.
   * @default none: any data is accepted
   */
  readonly schema?: StandardSchema | undefined;
  /**
   * Returns the ordering key of a message. Messages with the same key are handled one after another, in the order of the queue. Messages
   * with different keys are handled at the same time. With `singleActive` this is true across all instances.
   * @default no order
   */
  readonly orderingKey?: OrderingKeyFunction | undefined;
  /**
   * How long a consumer of this queue may hold a delivery (`x-consumer-timeout`). Use it for handlers that run longer than the broker's own
   * limit, or that must be noticed sooner. The framework holds a delivery for at most half of it. It needs a quorum queue and RabbitMQ 4.3.
   * An older broker keeps its own limit, and the start warns.
   * @default the broker's own limit, which `options.amqp.consumerTimeoutSeconds` repeats
   */
  readonly consumerTimeout?: Duration | undefined;
  /**
   * Former names of the queue, without the prefix. The start removes the bindings of these queues, and consumes them as long as they are
   * named here. It never deletes them, because a stopping instance may still hold messages that no count shows. @default none
   */
  readonly previousQueueNames?: readonly string[] | undefined;
  /** Former patterns of the queue, without the prefix. The start removes their bindings. @default none */
  readonly previousPatterns?: readonly string[] | undefined;
  /**
   * The name of the method in Python. In the python profile it is part of a generated queue name; in the reliable profile it has no effect.
   * @default the name of the method here
   */
  readonly functionName?: string | undefined;
}

/** The checks of `@amqp`'s own options. Any other option belongs to the envelope. */
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
  return [...fieldProblems(own, "options", subscriptionChecks), ...replyProblems(own)];
}
