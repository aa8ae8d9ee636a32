/** request(): a contract as a value for a question and its answer, which the services on both sides import. */
import type { Envelope, OptionsOf } from "../../../service/envelope.ts";
import { envelopeCheck } from "../../../service/envelope-check.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "../../../service/standard-schema.ts";
import { type FieldChecks, fieldProblems, nonEmptyText, unknownField } from "../../../util/check-fields.ts";
import { type KeyTemplate, type ParamsOf, parseKeyTemplate } from "./key-template.ts";
import { schemaCheck } from "./schema-check.ts";

/** By this a request contract is known, whichever copy of the package made it. */
const mark: unique symbol = Symbol.for("tomodachi.request");

/** The options of `request` beside the key. */
export interface RequestContractOptions<
  Schema extends StandardSchema | undefined = StandardSchema | undefined,
  Reply extends StandardSchema | undefined = StandardSchema | undefined,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  /** What is asked: any Standard Schema. Its input is sent, its output is what the handler gets. @default any data */
  readonly schema?: Schema;
  /** What is answered. Its input is what the handler returns, its output what the caller gets. @default any data */
  readonly reply?: Reply;
  /** @default that of the service which asks or answers */
  readonly exchangeName?: string | undefined;
  /** Of the request and its reply; `null` for text. @default that of the service which asks or answers */
  readonly envelope?: E;
  /**
   * Options of the envelope for the reply, where it is built and where it is read: `{ protoClass: PriceSchema }` for ProtobufBase.
   * Its options for the request are set on `@amqp` and in `amqpRequest`.
   * @default nothing
   */
  readonly replyOptions?: ReplyOptionsOf<E> | undefined;
}

type ReplyOptionsOf<E> = [E] extends [Envelope] ? OptionsOf<E> : Readonly<Record<string, unknown>>;

/** A request contract: frozen, and shared by every importer. Made by `request`. */
export interface RequestContract<
  Key extends string = string,
  Schema extends StandardSchema | undefined = StandardSchema | undefined,
  Reply extends StandardSchema | undefined = StandardSchema | undefined,
  E extends Envelope | null | undefined = Envelope | null | undefined,
> {
  readonly [mark]: true;
  readonly kind: "request";
  /** The key as written: `price.{id}.get`. */
  readonly routingKey: Key;
  /** The key as queues are bound by it: `price.*.get`. */
  readonly pattern: string;
  readonly schema: Schema;
  readonly reply: Reply;
  readonly exchangeName: string | undefined;
  readonly envelope: E;
  readonly replyOptions: Readonly<Record<string, unknown>> | undefined;
  /** @internal The key, taken apart. */
  readonly template: KeyTemplate;
}

type InputOf<S> = S extends StandardSchema ? SchemaInput<S> : unknown;
type OutputOf<S> = S extends StandardSchema ? SchemaOutput<S> : unknown;

/** What is sent by a request contract: `RequestInput<typeof priceGet>`, the input of its schema. */
export type RequestInput<C extends RequestContract> = InputOf<C["schema"]>;

/** What its handler gets: the output of its schema. */
export type RequestData<C extends RequestContract> = OutputOf<C["schema"]>;

/** What its handler returns: the input of its reply's schema. */
export type RequestAnswer<C extends RequestContract> = InputOf<C["reply"]>;

/** What its caller gets: the output of its reply's schema. */
export type RequestReply<C extends RequestContract> = OutputOf<C["reply"]>;

/** The parameters of its key: `{ id: string }` for `price.{id}.get`. */
export type RequestParams<C extends RequestContract> = ParamsOf<C["routingKey"]>;

/**
 * Describes a request and its reply once, for callers and handlers. A word of the key in braces is a parameter.
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
  problems.push(...fieldProblems(options, "options", contractChecks));
  if (problems.length === 0) problems.push(...replyOptionProblems(options));
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

/** Whether a value was made by `request`. */
export function isRequestContract(value: unknown): value is RequestContract {
  return typeof value === "object" && value !== null && (value as { readonly [mark]?: unknown })[mark] === true;
}

/** Options that the contract's own envelope does not know; that of a service shows when it is used. */
function replyOptionProblems({ envelope, replyOptions }: RequestContractOptions): string[] {
  const known = envelope?.optionNames;
  if (!known || typeof replyOptions !== "object") return [];
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
