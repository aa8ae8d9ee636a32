/** The asking side of requests: builds the request, waits for its reply, and reads that. */
import { randomUUID } from "node:crypto";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { AmqpRequestError } from "../../../amqp-client/errors.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { Requester } from "../../../amqp-client/requester.ts";
import { hasCode } from "../../../errors.ts";
import type { Envelope } from "../../../service/envelope.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import type { SendingObserver } from "../../../service/observed-work.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { validate } from "../../../service/validate.ts";
import { type FieldChecks, fieldProblems, flag, seconds } from "../../../util/check-fields.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { within } from "../../../util/within.ts";
import { fillKey } from "../contracts/key-template.ts";
import { createBodyReader } from "../contracts/read-body.ts";
import type { RequestContract } from "../contracts/request.ts";
import { checkGivenEnvelope, refuseUndefinedEnvelope } from "../options/given-envelope.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { AmqpRemoteError, readErrorReply } from "./error-reply.ts";
import { buildUnlimited, type PublishOptions, publishOptionNames, refuseUnknownOptions } from "./outgoing.ts";
import { serverOf, tellBuilt } from "./watched-message.ts";

/** Options of one request, beside those of the envelope. */
export interface RequestOptions
  extends Omit<
    PublishOptions,
    "routingKey" | "schema" | "wait" | "mandatory" | "expiration" | "correlationId" | "replyTo"
  > {
  /** For everything: a connection, the way there, the answer and the way back. The request expires with it. @default 10 */
  readonly timeoutSeconds?: number | undefined;
  /** Aborting it gives the request up; what was sent may still be handled. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Ask again, within the timeout, when the connection broke before the reply: the request may then be handled twice.
   * @default false
   */
  readonly idempotent?: boolean | undefined;
}

export interface RequestsSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  /** Makes again what this process declared. Never rejects. */
  declareAgain(): Promise<void>;
  /** Told of each request that went out. */
  sent(data: unknown, options: PublishOptions, message: OutgoingMessage): void;
}

/** A request, whether a contract or a key names it. */
interface Question {
  readonly routingKey: string;
  readonly data: unknown;
  readonly publish: PublishOptions;
  readonly envelope: Envelope | null;
  readonly replySchema: StandardSchema | undefined;
  /** What the envelope is told of the reply. */
  readonly replyOptions: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly idempotent: boolean;
}

const defaultSeconds = 10;
const notSent = "it was not sent";
const notRead = "its reply came";
const noOptions: Readonly<Record<string, unknown>> = Object.freeze({});

const ownChecks: FieldChecks = {
  timeoutSeconds: seconds,
  signal: { expected: "an AbortSignal", fits: (value) => value instanceof AbortSignal },
  idempotent: flag,
};

/** Said by the request itself. */
const notTaken = ["routingKey", "wait", "mandatory", "expiration", "correlationId", "replyTo"];
/** Said by a contract. */
const saidByContract = ["exchangeName", "messageEnvelope", "schema"];

const taken = [...publishOptionNames].filter((name) => !notTaken.includes(name) && name !== "schema");
const namesByKey: ReadonlySet<string> = new Set([...Object.keys(ownChecks), ...taken]);
const namesByContract: ReadonlySet<string> = new Set(
  ["params", ...namesByKey].filter((name) => !saidByContract.includes(name)),
);

export class Requests {
  readonly #settings: RequestsSettings;
  readonly #requester: Requester;

  constructor(settings: RequestsSettings) {
    const { connection, context, options } = settings;
    this.#settings = settings;
    const { logger, clock } = context;
    const { maxMessageBytes } = options.publishing;
    const declareAgain = (): Promise<void> => settings.declareAgain();
    const looksForExchanges = options.topology.declare.exchange !== false;
    this.#requester = new Requester({ connection, logger, clock, maxMessageBytes, declareAgain, looksForExchanges });
  }

  /** As that of a publisher. */
  trustExchange(name: string, declared: boolean | "verify"): void {
    this.#requester.trustExchange(name, declared);
  }

  /** Asks, and resolves with the data of the reply; see `amqpRequest`. */
  async ask(what: RequestContract | string, data: unknown, options: RequestOptions = {}): Promise<unknown> {
    const question = this.#questionOf(what, data, options);
    const watched = this.#settings.context.observer?.sending && this.#watch(what, question);
    if (!watched) return this.#ask(what, question);
    try {
      const reply = await this.#ask(what, question, watched);
      watched.ended({});
      return reply;
    } catch (error) {
      watched.ended({ error });
      throw error;
    }
  }

  /** What has no reply yet rejects. */
  close(): Promise<void> {
    return this.#requester.close();
  }

  #watch(what: RequestContract | string, { publish, routingKey }: Question): SendingObserver | undefined {
    const { context, options, connection } = this.#settings;
    const { observer, service } = context;
    const exchange = publish.exchangeName ?? options.naming.exchangeName;
    const template = typeof what === "string" ? undefined : what.routingKey;
    return observer?.sending?.({
      kind: "request",
      service,
      exchange,
      routingKey,
      template,
      server: serverOf(connection),
    });
  }

  async #ask(what: RequestContract | string, question: Question, watched?: SendingObserver): Promise<unknown> {
    const { clock } = this.#settings.context;
    const { data } = question;
    const deadline = clock.now() + question.timeoutMs;
    if (typeof what !== "string" && what.schema) {
      const checking = validate(what.schema, data, `The data of the request "${question.routingKey}"`);
      await this.#inTime(checking, question, deadline, notSent);
    }
    for (let suspect = false; ; suspect = true) {
      try {
        return await this.#askOnce(question, deadline, suspect, watched);
      } catch (error) {
        // Built anew: with the same id it would be a duplicate, which nobody answers.
        if (!question.idempotent || !hasCode(error, "ERR_AMQP_REQUEST_LOST") || clock.now() >= deadline) throw error;
      }
    }
  }

  async #askOnce(
    question: Question,
    deadline: number,
    suspect: boolean,
    watched: SendingObserver | undefined,
  ): Promise<unknown> {
    const { context, options } = this.#settings;
    const { data, publish, envelope, routingKey, replySchema, replyOptions, signal } = question;
    const message = await this.#inTime(buildUnlimited(context, options, data, publish), question, deadline, notSent);
    if (watched) {
      message.properties.correlationId = randomUUID();
      tellBuilt(watched, message);
    }
    const looks = publish.declare === undefined ? undefined : publish.declare !== false;
    const asked = this.#requester.ask(message, { timeoutMs: deadline - context.clock.now(), signal, suspect, looks });
    this.#settings.sent(data, publish, message);
    const { content, readableProperties: properties, readableHeaders: headers } = await asked;
    const remote = readErrorReply(headers, content);
    if (remote) throw new AmqpRemoteError(routingKey, remote);
    const read = createBodyReader({ envelope, parserOptions: replyOptions });
    const { data: reply } = await this.#inTime(read({ content, headers, properties }), question, deadline, notRead);
    if (!replySchema) return reply;
    const checking = validate(replySchema, reply, `The reply to the request "${routingKey}"`);
    return this.#inTime(checking, question, deadline, notRead);
  }

  /** An envelope or a schema that waits for something has the time of the request. */
  #inTime<T>(coming: T | Promise<T>, question: Question, deadline: number, state: string): T | Promise<T> {
    if (!isPromise(coming)) return coming;
    const { routingKey, timeoutMs } = question;
    const { clock } = this.#settings.context;
    return within(coming, Math.max(0, deadline - clock.now()), clock, () => {
      const text = `The request "${routingKey}" was not done within timeoutSeconds (${timeoutMs / 1000}): ${state}, and its async envelope or schema gave no answer. Keep what waits for something out of them.`;
      return new AmqpRequestError("ERR_AMQP_REQUEST_TIMEOUT", text);
    });
  }

  #questionOf(what: RequestContract | string, data: unknown, options: RequestOptions): Question {
    const contract = typeof what === "string" ? undefined : what;
    const label = `amqpRequest() of "${contract?.routingKey ?? what}"`;
    if (typeof options !== "object" || options === null) {
      throw new ConfigurationError(`The options of ${label} must be an object, not ${String(options)}.`);
    }
    const { timeoutSeconds, signal, idempotent, ...rest } = options;
    const problems = fieldProblems({ timeoutSeconds, signal, idempotent }, "options", ownChecks);
    const refused = contract ? [...notTaken, ...saidByContract] : notTaken;
    for (const name of refused) {
      if ((rest as Readonly<Record<string, unknown>>)[name] === undefined) continue;
      problems.push(
        `options.${name} is said by the request itself${contract ? " or its contract" : ""}; leave it out.`,
      );
    }
    refuseProblems(label, problems);
    if (!contract) refuseUndefinedEnvelope(label, rest);
    const publish = contract ? publishOptionsOf(contract, rest) : { ...rest, routingKey: what as string };
    const { messageEnvelope = this.#settings.context.messageEnvelope } = publish;
    checkGivenEnvelope(label, messageEnvelope);
    refuseUnknownOptions(label, rest, messageEnvelope, contract ? namesByContract : namesByKey);
    return {
      routingKey: publish.routingKey,
      data,
      publish,
      envelope: messageEnvelope,
      replySchema: contract?.reply,
      replyOptions: contract?.replyOptions ?? noOptions,
      timeoutMs: (timeoutSeconds ?? defaultSeconds) * 1000,
      signal,
      idempotent: idempotent ?? false,
    };
  }
}

/** @throws ERR_AMQP_KEY_PARAMETER when a parameter is missing, unknown, or cannot stand in a key */
function publishOptionsOf(
  { template, exchangeName, envelope }: RequestContract,
  given: Readonly<Record<string, unknown>>,
): PublishOptions {
  const { params, ...options } = given;
  return { ...options, routingKey: fillKey(template, params), exchangeName, messageEnvelope: envelope };
}
