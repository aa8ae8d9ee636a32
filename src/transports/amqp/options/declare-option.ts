/** Who declares exchanges and queues: this service, or another tool. */
import { ConfigurationError } from "../../../service/errors.ts";
import type { FieldCheck } from "../../../util/check-fields.ts";

/**
 * `true`: the service declares. `"verify"`: the service only looks whether it exists, and the start fails when it does not.
 * `false`: the service asks nothing, and simply consumes and publishes.
 */
export type DeclareMode = boolean | "verify";

/** One mode for exchanges and queues, or one for each. */
export type DeclareOption =
  | DeclareMode
  | { readonly exchange?: DeclareMode | undefined; readonly queue?: DeclareMode | undefined };

export interface DeclareOptions {
  /**
   * Who declares. `exchange` means the exchanges that subscriptions and publishes name. `queue` means queues, their bindings and their
   * dead-letter queues; a service's own word also holds for its retry queues. `"verify"` and `false` change nothing on the broker.
   * @default true
   */
  readonly declare?: DeclareOption | undefined;
}

/** Of a service. */
export interface ResolvedDeclare {
  readonly exchange: DeclareMode;
  /** Also for bindings, dead-letter queues and retry queues. */
  readonly queue: DeclareMode;
  /** Set by the environment: the option of a subscription is ignored. */
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
 * TOMODACHI_AMQP_DECLARE wins over what a service and its subscriptions say.
 * @throws ConfigurationError when the variable is not one of the three words
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

/** A subscription's: what it does not say is as its service says. */
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
