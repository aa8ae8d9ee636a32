/** request(): a contract for a request and its reply, as a value. The services on both sides import it. */
import type { Envelope, OptionsOf } from "../../../service/envelope.ts";
import { envelopeCheck } from "../../../service/envelope-check.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "../../../service/standard-schema.ts";
import { type FieldChecks, fieldProblems, nonEmptyText, unknownField } from "../../../util/check-fields.ts";
import { type KeyTemplate, type ParamsOf, parseKeyTemplate } from "./key-template.ts";
import { schemaCheck } from "./schema-check.ts";

/** A value with this member is a request contract, whichever copy of the package made it. */
const mark: unique symbol = Symbol.for("tomodachi.request");

/** The options of `request()`, beside the key. */
export interface RequestContractOptions<
  Schema extends StandardSchema | undefined = StandardSchema | undefined,
  Reply extends StandardSchema | undefined = StandardSchema | undefined,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  /**
   * The schema of the request, from any Standard Schema library. Its input is sent, its output is what the handler receives. @default any
   * data
   */
  readonly schema?: Schema;
  /** The schema of the reply. Its input is what the handler returns, its output is what the caller receives. @default any data */
  readonly reply?: Reply;
  /** The exchange. @default the exchange of the service that asks or answers */
  readonly exchangeName?: string | undefined;
  /** The envelope of request and reply; `null` for plain text. @default the envelope of the service that asks or answers */
  readonly envelope?: E;
  /**
   * Options of the envelope for the reply, both for writing and for reading it: `{ protoClass: PriceSchema }` for ProtobufBase. Options for
   * the request are set on `@amqp` and in `amqpRequest`.
   * @default none
   */
  readonly replyOptions?: ReplyOptionsOf<E> | undefined;
}

type ReplyOptionsOf<E> = [E] extends [Envelope] ? OptionsOf<E> : Readonly<Record<string, unknown>>;

/** A contract that `request()` made. It is frozen, and everyone who imports it shares it. */
export interface RequestContract<
  Key extends string = string,
  Schema extends StandardSchema | undefined = StandardSchema | undefined,
  Reply extends StandardSchema | undefined = StandardSchema | undefined,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  /** @internal */
  readonly [mark]: true;
  /** The kind of contract. */
  readonly kind: "request";
  /** The key as it was written: `price.{id}.get`. */
  readonly routingKey: Key;
  /** The pattern that binds queues: `price.*.get`. */
  readonly pattern: string;
  /** The schema of the request; undefined without one. */
  readonly schema: Schema;
  /** The schema of the reply; undefined without one. */
  readonly reply: Reply;
  /** The exchange; undefined for that of the service. */
  readonly exchangeName: string | undefined;
  /** The envelope; undefined for that of the service. */
  readonly envelope: E;
  /** The options of the envelope for the reply. */
  readonly replyOptions: Readonly<Record<string, unknown>> | undefined;
  /** The parts of the key. @internal */
  readonly template: KeyTemplate;
}

type InputOf<S> = S extends StandardSchema ? SchemaInput<S> : unknown;
type OutputOf<S> = S extends StandardSchema ? SchemaOutput<S> : unknown;

/** The type that is sent with a request contract: `RequestInput<typeof priceGet>`. It is the input of the schema. */
export type RequestInput<C extends RequestContract> = InputOf<C["schema"]>;

/** The type that the handler of a request contract receives: the output of the schema. */
export type RequestData<C extends RequestContract> = OutputOf<C["schema"]>;

/** The type that the handler of a request contract returns: the input of the reply's schema. */
export type RequestAnswer<C extends RequestContract> = InputOf<C["reply"]>;

/** The type that the caller receives: the output of the reply's schema. */
export type RequestReply<C extends RequestContract> = OutputOf<C["reply"]>;

/** The parameters of the contract's key: `{ id: string }` for `price.{id}.get`. */
export type RequestParams<C extends RequestContract> = ParamsOf<C["routingKey"]>;

/**
 * Makes a contract: it describes a request and its reply once, for callers and handlers. A word of the key in braces is a parameter.
 *
 * @example
 * ```ts
 * export const priceGet = request("price.get", {
 *   schema: z.object({ article: z.string() }),
 *   reply: z.object({ cents: z.number() }),
 * });
 *
 * @amqp(priceGet) async onPriceGet({ article }: RequestData<typeof priceGet>) {
 *   return { cents: await this.prices.of(article) };
 * }
 *
 * const { cents } = await amqpRequest(this, priceGet, { article: "bread" });
 * ```
 * @throws ERR_CONFIGURATION when the key or an option is wrong
 */
export function request<
  const Key extends string,
  Schema extends StandardSchema | undefined = undefined,
  Reply extends StandardSchema | undefined = undefined,
  E extends Envelope | null | undefined = undefined,
>(routingKey: Key, options: RequestContractOptions<Schema, Reply, E> = {}): RequestContract<Key, Schema, Reply, E> {
  if (typeof routingKey !== "string" || routingKey === "") {
    throw new ConfigurationError(
      `request() needs a routing key that is a string, as in request("price.get"), but got ${JSON.stringify(routingKey) ?? String(routingKey)}.`,
    );
  }
  const template = parseKeyTemplate(routingKey);
  const problems = "pattern" in template ? [] : [...template];
  problems.push(...fieldProblems(options, "options", contractChecks), ...replyOptionProblems(options));
  refuseProblems(`request(${JSON.stringify(routingKey)})`, problems);
  const { schema, reply, exchangeName, envelope } = options;
  const replyOptions = options.replyOptions as Readonly<Record<string, unknown>> | undefined;
  if (replyOptions !== undefined) envelope?.validate?.(replyOptions);
  return Object.freeze({
    [mark]: true as const,
    kind: "request" as const,
    routingKey,
    pattern: (template as KeyTemplate).pattern,
    schema: schema as Schema,
    reply: reply as Reply,
    exchangeName,
    envelope: envelope as E,
    replyOptions,
    template: template as KeyTemplate,
  });
}

/** Whether a value was made by `request()`. */
export function isRequestContract(value: unknown): value is RequestContract {
  return typeof value === "object" && value !== null && (value as { readonly [mark]?: unknown })[mark] === true;
}

/** Options that the envelope of the contract does not know. The envelope of a service is checked when it is used. */
function replyOptionProblems(options: RequestContractOptions): string[] {
  // Null where the options themselves are wrong.
  const { envelope, replyOptions } = (options as RequestContractOptions | null) ?? {};
  const known = envelopeCheck.fits(envelope) ? envelope?.optionNames : undefined;
  if (!known || typeof replyOptions !== "object" || replyOptions === null) return [];
  const unknown = Object.keys(replyOptions).filter((name) => !known.includes(name));
  return unknown.map((name) => unknownField("options.replyOptions", name, known));
}

const contractChecks: FieldChecks = {
  schema: schemaCheck,
  reply: schemaCheck,
  exchangeName: nonEmptyText,
  envelope: envelopeCheck,
  replyOptions: { expected: "an object", fits: (value) => typeof value === "object" && value !== null },
};
