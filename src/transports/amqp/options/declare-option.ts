/** Who declares exchanges and queues: this service, or another tool. */
import { ConfigurationError } from "../../../service/errors.ts";
import type { FieldCheck } from "../../../util/check-fields.ts";

/**
 * true: the service declares. "verify": the service only checks that it exists, and the start fails if it does not. false: the service
 * neither declares nor checks.
 */
export type DeclareMode = boolean | "verify";

/** One mode for exchanges and queues, or a mode for each. */
export type DeclareOption =
  | DeclareMode
  | { readonly exchange?: DeclareMode | undefined; readonly queue?: DeclareMode | undefined };

/** Who declares exchanges and queues. */
export interface DeclareOptions {
  /**
   * Whether the service declares exchanges and queues. `exchange` applies to the exchanges that subscriptions and publishes name. `queue`
   * applies to queues, their bindings and dead-letter queues; set for a service, it also applies to its retry queues. The variable
   * `TOMODACHI_AMQP_DECLARE` overrides it.
   * @default true
   */
  readonly declare?: DeclareOption | undefined;
}

/** The modes of a service. */
export interface ResolvedDeclare {
  readonly exchange: DeclareMode;
  /** Also for bindings, dead-letter queues and retry queues. */
  readonly queue: DeclareMode;
  /** Set by the environment, so the option of a subscription is ignored. */
  readonly fixed: boolean;
}

/** Whether a value is a mode. */
export const declareModeCheck: FieldCheck = {
  expected: 'true, "verify" or false',
  fits: (value) => typeof value === "boolean" || value === "verify",
};

export const declareCheck: FieldCheck = {
  expected: 'true, "verify", false, or an object such as { exchange: "verify", queue: true }',
  fits: (value) =>
    declareModeCheck.fits(value) || (typeof value === "object" && value !== null && !Array.isArray(value)),
  fields: { exchange: declareModeCheck, queue: declareModeCheck },
};

const words: Readonly<Record<string, DeclareMode>> = { true: true, verify: "verify", false: false };

/**
 * TOMODACHI_AMQP_DECLARE overrides the options of the service and of its subscriptions.
 * @throws ConfigurationError when the variable has another value than the three allowed ones
 */
export function resolveDeclare(
  given: DeclareOption | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedDeclare {
  const word = environment["TOMODACHI_AMQP_DECLARE"];
  if (!word) return Object.freeze({ ...modesOf(given, { exchange: true, queue: true }), fixed: false });
  const mode = words[word];
  if (mode === undefined) {
    throw new ConfigurationError(`TOMODACHI_AMQP_DECLARE must be true, verify or false, but "${word}" was given.`);
  }
  return Object.freeze({ exchange: mode, queue: mode, fixed: true });
}

/** The modes of a subscription; what it does not set comes from its service. */
export function declareOf(
  own: DeclareOption | undefined,
  { exchange, queue, fixed }: ResolvedDeclare,
): Pick<ResolvedDeclare, "exchange" | "queue"> {
  return modesOf(fixed ? undefined : own, { exchange, queue });
}

function modesOf(
  given: DeclareOption | undefined,
  { exchange, queue }: Pick<ResolvedDeclare, "exchange" | "queue">,
): Pick<ResolvedDeclare, "exchange" | "queue"> {
  if (typeof given === "object") return { exchange: given.exchange ?? exchange, queue: given.queue ?? queue };
  return given === undefined ? { exchange, queue } : { exchange: given, queue: given };
}
