/** event(): a contract as a value. The services on both sides of a message import it. */
import type { Envelope } from "../../../service/envelope.ts";
import { envelopeCheck } from "../../../service/envelope-check.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "../../../service/standard-schema.ts";
import { type FieldChecks, fieldProblems, integer, nonEmptyText } from "../../../util/check-fields.ts";
import { type KeyTemplate, type ParamsOf, parseKeyTemplate } from "./key-template.ts";
import { schemaCheck } from "./schema-check.ts";

/** A value with this member is a contract, whichever copy of the package made it. */
const mark: unique symbol = Symbol.for("tomodachi.contract");

/** The options of `event()`, beside the key. */
export interface EventOptions<
  Schema extends StandardSchema = StandardSchema,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  /** The schema of the data, from any Standard Schema library. Its input is published, its output is what handlers receive. */
  readonly schema: Schema;
  /** The exchange. @default the exchange of the service that publishes or subscribes */
  readonly exchangeName?: string | undefined;
  /** The envelope; `null` for plain text. @default the envelope of the service that publishes or subscribes */
  readonly envelope?: E;
  /**
   * The version of the contract, a whole number from 1. It is sent in the header `x-tomodachi-event-version`, and an error of the schema
   * shows it. No message is refused because of its version.
   * @default none
   */
  readonly version?: number | undefined;
}

/** A contract that `event()` made. It is frozen, and everyone who imports it shares it. */
export interface EventContract<
  Key extends string = string,
  Schema extends StandardSchema = StandardSchema,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  /** @internal */
  readonly [mark]: true;
  /** The kind of contract. */
  readonly kind: "event";
  /** The key as it was written: `order.{id}.paid`. */
  readonly routingKey: Key;
  /** The pattern that binds queues: `order.*.paid`. */
  readonly pattern: string;
  /** The schema of the data. */
  readonly schema: Schema;
  /** The exchange; undefined for that of the service. */
  readonly exchangeName: string | undefined;
  /** The envelope; undefined for that of the service. */
  readonly envelope: E;
  /** The version; undefined without one. */
  readonly version: number | undefined;
  /** The parts of the key. @internal */
  readonly template: KeyTemplate;
}

/** The type that a handler of the contract receives: `EventData<typeof orderPaid>`. It is the output of the schema. */
export type EventData<C> = C extends { readonly kind: "event"; readonly schema: infer Schema }
  ? SchemaOutput<Schema>
  : never;

/** The type that is published with the contract: `EventInput<typeof orderPaid>`. It is the input of the schema. */
export type EventInput<C> = C extends { readonly kind: "event"; readonly schema: infer Schema }
  ? SchemaInput<Schema>
  : never;

/** The parameters of the contract's key: `EventParams<typeof orderPaid>`. */
export type EventParams<C> = C extends { readonly kind: "event"; readonly routingKey: infer Key extends string }
  ? ParamsOf<Key>
  : never;

/**
 * Makes a contract: it describes a message once, for all services that publish or handle it. A word of the key in braces is a parameter:
 * `{id}` is one word, and `{email:encoded}` may be any text, with dots.
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
  if (typeof options === "object" && options !== null && options.schema === undefined) {
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

/** Whether a value was made by `event()`. */
export function isEventContract(value: unknown): value is EventContract {
  return typeof value === "object" && value !== null && (value as { readonly [mark]?: unknown })[mark] === true;
}

const eventChecks: FieldChecks = {
  schema: schemaCheck,
  exchangeName: nonEmptyText,
  envelope: envelopeCheck,
  version: integer(1),
};
