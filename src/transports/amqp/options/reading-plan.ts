/** How the messages of a subscription are read: its envelope, the options of the envelope, and its schema. */
import { messageOf } from "../../../errors.ts";
import type { Envelope } from "../../../service/envelope.ts";
import { envelopeCheck } from "../../../service/envelope-check.ts";
import { ConfigurationError } from "../../../service/errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { optionNames, unknownField } from "../../../util/check-fields.ts";
import type { BatchOptions } from "./batch-options.ts";
import { type AmqpOptions, subscriptionChecks } from "./subscription-options.ts";

/** How a message is read. */
export interface ReadingPlan {
  readonly envelope: Envelope | null;
  /** The steps that read the data of each message. */
  readonly schema: StandardSchema | undefined;
  /** The options for the envelope's `parseMessage`. */
  readonly parserOptions: Readonly<Record<string, unknown>>;
}

/** The options that belong to `@amqp` itself. */
export type OwnOptions = AmqpOptions & {
  readonly batch?: BatchOptions | undefined;
  readonly messageEnvelope?: Envelope | null | undefined;
};

/** Separates the options of `@amqp` itself, and those that are the envelope's. */
export function splitOptions(given: Readonly<Record<string, unknown>>): [OwnOptions, Record<string, unknown>] {
  const own: Record<string, unknown> = {};
  const parserOptions: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    (Object.hasOwn(subscriptionChecks, name) ? own : parserOptions)[name] = value;
  }
  return [own as OwnOptions, parserOptions];
}

export function resolveReading(
  { messageEnvelope, schema }: OwnOptions,
  parserOptions: Readonly<Record<string, unknown>>,
  inherited: Envelope | null,
): ReadingPlan {
  return { envelope: messageEnvelope === undefined ? inherited : messageEnvelope, schema, parserOptions };
}

/**
 * Options that the envelope does not accept. An envelope without a list of names, whose parser accepts options, accepts any. So may a value
 * that is no envelope, which has its own problem.
 */
export function parserOptionProblems({ envelope, parserOptions }: ReadingPlan): string[] {
  if (!envelopeCheck.fits(envelope)) return [];
  const takesAny = envelope !== null && envelope.optionNames === undefined && envelope.parseMessage.length >= 2;
  if (takesAny) return [];
  const taken = envelope?.optionNames ?? [];
  const known = [...optionNames(subscriptionChecks), ...taken];
  return Object.keys(parserOptions)
    .filter((name) => !taken.includes(name))
    .map((name) => unknownField("options", name, known));
}

/** The error of an envelope about its options does not name the handler, so the handler is added here. */
export function askEnvelope({ envelope, parserOptions }: ReadingPlan, label: string): void {
  try {
    envelope?.validate?.(parserOptions);
  } catch (error) {
    throw new ConfigurationError(`${label} has options that its envelope does not accept: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
