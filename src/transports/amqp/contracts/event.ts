/** event(): a contract as a value, which the services on both sides of a message import. */
import type { Envelope } from "../../../service/envelope.ts";
import { envelopeCheck } from "../../../service/envelope-check.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import {
  isStandardSchema,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
} from "../../../service/standard-schema.ts";
import { type FieldChecks, fieldProblems, integer, nonEmptyText } from "../../../util/check-fields.ts";
import { type KeyTemplate, type ParamsOf, parseKeyTemplate } from "./key-template.ts";
import { schemaCheck } from "./schema-check.ts";

/** By this a contract is known, whichever copy of the package made it. */
const mark: unique symbol = Symbol.for("tomodachi.contract");

/** The options of `event` beside the key. */
export interface EventOptions<
  Schema extends StandardSchema = StandardSchema,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  /** What the data is: any Standard Schema. Its input is what is published, its output what handlers get. */
  readonly schema: Schema;
  /** @default that of the service which publishes or subscribes */
  readonly exchangeName?: string | undefined;
  /** `null` for text. @default that of the service which publishes or subscribes */
  readonly envelope?: E;
  /**
   * A whole number from 1. It is sent as the header `x-tomodachi-event-version` and shown when a schema refuses a message;
   * nothing is refused for it.
   * @default none
   */
  readonly version?: number | undefined;
}

/** A contract: frozen, and shared by every importer. Made by `event`. */
export interface EventContract<
  Key extends string = string,
  Schema extends StandardSchema = StandardSchema,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  readonly [mark]: true;
  readonly kind: "event";
  /** The key as written: `order.{id}.paid`. */
  readonly routingKey: Key;
  /** The key as queues are bound by it: `order.*.paid`. */
  readonly pattern: string;
  readonly schema: Schema;
  readonly exchangeName: string | undefined;
  readonly envelope: E;
  readonly version: number | undefined;
  /** @internal The key, taken apart. */
  readonly template: KeyTemplate;
}

/** What a handler of a contract gets: `EventData<typeof orderPaid>`, the output of its schema. */
export type EventData<C> = C extends { readonly kind: "event"; readonly schema: infer Schema }
  ? SchemaOutput<Schema>
  : never;

/** What is published by a contract: the input of its schema. */
export type EventInput<C> = C extends { readonly kind: "event"; readonly schema: infer Schema }
  ? SchemaInput<Schema>
  : never;

/** The parameters of a contract's key: `EventParams<typeof orderPaid>`. */
export type EventParams<C> = C extends { readonly kind: "event"; readonly routingKey: infer Key extends string }
  ? ParamsOf<Key>
  : never;

/**
 * Describes a message once, for those who publish it and those who handle it: its key, its data, and what else they must
 * agree on. A word of the key in braces is a parameter; `{email:encoded}` takes any text, dots included.
 *
 * @example
 * ```ts
 * export const orderPaid = event("order.{id}.paid", { schema: z.object({ total: z.number() }) });
 *
 * @amqp(orderPaid) async onPaid(order: EventData<typeof orderPaid>, { params }: ContextOf<typeof orderPaid>) {}
 *
 * await amqpPublish(this, orderPaid, { total: 5 }, { params: { id: "1" } });
 * ```
 * @throws ERR_CONFIGURATION when the key or an option is wrong
 */
export function event<
  const Key extends string,
  Schema extends StandardSchema,
  E extends Envelope | null | undefined = undefined,
>(routingKey: Key, options: EventOptions<Schema, E>): EventContract<Key, Schema, E> {
  if (typeof routingKey !== "string" || routingKey === "") {
    throw new ConfigurationError(
      `event() needs a routing key that is a string, as in event("order.{id}.paid", { schema }), but got ${JSON.stringify(routingKey) ?? String(routingKey)}.`,
    );
  }
  const template = parseKeyTemplate(routingKey);
  const label = `event(${JSON.stringify(routingKey)})`;
  const isKey = "pattern" in template;
  const problems = [...(isKey ? [] : template), ...fieldProblems(options, "options", eventChecks)];
  if (!isStandardSchema(options?.schema) && problems.length === 0) {
    problems.push(`options.schema is missing; it must be ${schemaCheck.expected}.`);
  }
  refuseProblems(label, problems);
  const { schema, exchangeName, envelope, version } = options;
  return Object.freeze({
    [mark]: true as const,
    kind: "event" as const,
    routingKey,
    pattern: (template as KeyTemplate).pattern,
    schema,
    exchangeName,
    envelope: envelope as E,
    version,
    template: template as KeyTemplate,
  });
}

/** Whether a value was made by `event`. */
export function isEventContract(value: unknown): value is EventContract {
  return typeof value === "object" && value !== null && (value as { readonly [mark]?: unknown })[mark] === true;
}

const eventChecks: FieldChecks = {
  schema: schemaCheck,
  exchangeName: nonEmptyText,
  envelope: envelopeCheck,
  version: integer(1),
};
