/** How the messages of a subscription are read: its envelope, the options that go to it, and its schema. */
import { messageOf } from "../../../errors.ts";
import type { Envelope } from "../../../service/envelope.ts";
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
  /** What the envelope's `parseMessage` gets. */
  readonly parserOptions: Readonly<Record<string, unknown>>;
}

/** The options that belong to `@amqp`. */
export type OwnOptions = AmqpOptions & {
  readonly batch?: BatchOptions | undefined;
  readonly messageEnvelope?: Envelope | null | undefined;
};

/** The options of `@amqp` itself, and those that are the envelope's. */
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

/** Options that the envelope does not take. One that lists no names, and whose parser takes options, takes any. */
export function parserOptionProblems({ envelope, parserOptions }: ReadingPlan): string[] {
  const takesAny = envelope !== null && envelope.optionNames === undefined && envelope.parseMessage.length >= 2;
  if (takesAny) return [];
  const taken = envelope?.optionNames ?? [];
  const known = [...optionNames(subscriptionChecks), ...taken];
  return Object.keys(parserOptions)
    .filter((name) => !taken.includes(name))
    .map((name) => unknownField("options", name, known));
}

/** The envelope knows its options, but not the handler that they belong to. */
export function askEnvelope({ envelope, parserOptions }: ReadingPlan, label: string): void {
  try {
    envelope?.validate?.(parserOptions);
  } catch (error) {
    throw new ConfigurationError(`${label} has options that its envelope does not accept: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
