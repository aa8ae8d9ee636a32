/** Checks the values of publish options, before anything is built; what a message may hold is said by the client's `message-rules.ts`. */
import {
  carbonCopyProblem,
  hasLineBreak,
  isShort,
  maxExpirationMs,
  maxPriority,
  maxShortBytes,
} from "../../../amqp-client/message-rules.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import { type FieldCheck, type FieldChecks, fieldProblems, flag, integer } from "../../../util/check-fields.ts";
import { durationWithin } from "../../../util/duration.ts";
import { declareModeCheck } from "../options/declare-option.ts";

const shortText: FieldCheck = {
  expected: `a string of at most ${maxShortBytes} bytes`,
  fits: (value) => typeof value === "string" && isShort(value),
};
const exchangeName: FieldCheck = {
  expected: `a string of at most ${maxShortBytes} bytes without line breaks`,
  fits: (value) => shortText.fits(value) && !hasLineBreak(value as string),
};
const headers: FieldCheck = {
  expected: "an object",
  fits: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
const textOrNull: FieldCheck = {
  expected: "a string, or null",
  fits: (value) => value === null || typeof value === "string",
};

const checks: FieldChecks = {
  exchangeName,
  declare: declareModeCheck,
  routingKeyPrefix: textOrNull,
  headers,
  mandatory: flag,
  priority: integer(0, maxPriority),
  expiration: durationWithin(0, maxExpirationMs),
  correlationId: shortText,
  replyTo: shortText,
  messageId: shortText,
  type: shortText,
  contentType: shortText,
};
const names = Object.keys(checks);

type Options = Readonly<Record<string, unknown>>;

/**
 * `others` are further problems of the same options.
 *
 * @throws ERR_CONFIGURATION with everything that is wrong; nothing was sent then
 */
export function refuseWrongValues(options: Options, others: readonly string[]): void {
  if (others.length > 0) refuse(options, others);
  for (const name of names) {
    const value = options[name];
    if (value !== undefined && !(checks[name] as FieldCheck).fits(value)) refuse(options, others);
  }
  const given = options["headers"] as Options | undefined;
  const copies = given && carbonCopyProblem(given);
  if (copies) throw new ConfigurationError(`The message was not sent: headers.${copies.name} ${copies.why}.`);
}

function refuse(options: Options, others: readonly string[]): never {
  refuseProblems("amqpPublish()", [...others, ...wrongValues(options)]);
  throw new ConfigurationError("The options of amqpPublish() are not the same each time they are read.");
}

/** The problem of each wrong value. */
export function wrongValues(options: Options): readonly string[] {
  const given = Object.fromEntries(names.map((name) => [name, options[name]]));
  return fieldProblems(given, "options", checks);
}
