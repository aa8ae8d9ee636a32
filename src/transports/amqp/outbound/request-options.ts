/** The options of one request, and the request that they describe. */
import type { Envelope } from "../../../service/envelope.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { type FieldChecks, fieldProblems, flag, seconds } from "../../../util/check-fields.ts";
import { fillKey } from "../contracts/key-template.ts";
import type { RequestContract } from "../contracts/request.ts";
import { saidByContract } from "../contracts/said-by-contract.ts";
import { checkGivenEnvelope, refuseUndefinedEnvelope } from "../options/given-envelope.ts";
import { wrongValues } from "./publish-option-checks.ts";
import { type PublishOptions, publishOptionNames, unknownOptions } from "./publish-options.ts";

/** The options of one request, beside those of the envelope. */
export interface RequestOptions
  extends Omit<
    PublishOptions,
    "routingKey" | "schema" | "wait" | "mandatory" | "expiration" | "correlationId" | "replyTo"
  > {
  /** The time limit in seconds for everything: connection, sending, handling and reply. After it the request expires. @default 10 */
  readonly timeoutSeconds?: number | undefined;
  /** Rejects the request when it aborts. A request that was already sent may still be handled. @default none */
  readonly signal?: AbortSignal | undefined;
  /**
   * Sends the request again, within the timeout, if the connection broke before the reply. It may then be handled twice.
   * @default false
   */
  readonly idempotent?: boolean | undefined;
}

/** One request, named by a contract or by a key. */
export interface Question {
  readonly routingKey: string;
  /** The key of a contract, as it was written. */
  readonly template: string | undefined;
  readonly data: unknown;
  readonly schema: StandardSchema | undefined;
  readonly publish: PublishOptions;
  readonly envelope: Envelope | null;
  readonly replySchema: StandardSchema | undefined;
  /** Options that the envelope receives for the reply. */
  readonly replyOptions: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  /** The time when the limit is over, on the clock. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly idempotent: boolean;
}

const defaultSeconds = 10;
const noOptions: Readonly<Record<string, unknown>> = Object.freeze({});

const ownChecks: FieldChecks = {
  timeoutSeconds: seconds,
  signal: { expected: "an AbortSignal", fits: (value) => value instanceof AbortSignal },
  idempotent: flag,
};

/** Options of a publish that a request sets itself. */
const notTaken = ["routingKey", "wait", "mandatory", "expiration", "correlationId", "replyTo"];

const taken = [...publishOptionNames].filter((name) => !notTaken.includes(name) && name !== "schema");
const namesByKey: ReadonlySet<string> = new Set([...Object.keys(ownChecks), ...taken]);
const namesByContract: ReadonlySet<string> = new Set(
  ["params", ...namesByKey].filter((name) => !Object.hasOwn(saidByContract, name)),
);

/** @throws ERR_CONFIGURATION with everything that is wrong with the options, before anything is built */
export function questionOf(
  what: RequestContract | string,
  data: unknown,
  options: RequestOptions,
  { messageEnvelope: inherited, clock }: Pick<ServiceContext, "messageEnvelope" | "clock">,
): Question {
  const contract = typeof what === "string" ? undefined : what;
  const label = `amqpRequest() of "${contract?.routingKey ?? what}"`;
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(`The options of ${label} must be an object, not ${String(options)}.`);
  }
  const { timeoutSeconds, signal, idempotent, ...rest } = options;
  if (!contract) refuseUndefinedEnvelope(label, rest);
  const given = rest as Readonly<Record<string, unknown>>;
  const own = contract ? contract.envelope : rest.messageEnvelope;
  // Null means no envelope.
  const messageEnvelope = own === undefined ? inherited : own;
  checkGivenEnvelope(label, messageEnvelope);
  const refused = [...notTaken, ...(contract ? Object.keys(saidByContract) : [])].filter(
    (name) => given[name] !== undefined,
  );
  const others = refused.length === 0 ? given : without(given, refused);
  const problems = [
    ...fieldProblems({ timeoutSeconds, signal, idempotent }, "options", ownChecks),
    ...refused.map(
      (name) => `The request itself${contract ? " or its contract" : ""} sets options.${name}. Leave it out.`,
    ),
    ...unknownOptions(others, messageEnvelope, contract ? namesByContract : namesByKey),
  ];
  if (problems.length > 0) refuseProblems(label, [...problems, ...wrongValues(others)]);
  const publish = contract ? publishOptionsOf(contract, rest) : { ...rest, routingKey: what as string };
  const timeoutMs = (timeoutSeconds ?? defaultSeconds) * 1000;
  return {
    routingKey: publish.routingKey,
    template: contract?.routingKey,
    data,
    schema: contract?.schema,
    publish,
    envelope: messageEnvelope,
    replySchema: contract?.reply,
    replyOptions: contract?.replyOptions ?? noOptions,
    timeoutMs,
    deadline: clock.now() + timeoutMs,
    signal,
    idempotent: idempotent ?? false,
  };
}

/** @throws ERR_AMQP_KEY_PARAMETER when a parameter is missing, unknown, or cannot be part of a key */
function publishOptionsOf(
  { template, exchangeName, envelope }: RequestContract,
  given: Readonly<Record<string, unknown>>,
): PublishOptions {
  const { params, ...options } = given;
  return { ...options, routingKey: fillKey(template, params), exchangeName, messageEnvelope: envelope };
}

function without(
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}
