/** The envelope of a decorator, a publish or a request: refused by name if it is not an envelope. */
import { envelopeExpected, envelopeProblem } from "../../../service/envelope-check.ts";
import { ConfigurationError } from "../../../service/errors.ts";

/** @throws ERR_CONFIGURATION when a value is not an envelope and not null */
export function checkGivenEnvelope(label: string, envelope: unknown): void {
  const problem = envelopeProblem(envelope);
  if (problem === undefined) return;
  throw new ConfigurationError(`The option messageEnvelope of ${label} must be ${envelopeExpected}, but ${problem}.`);
}

/**
 * Other options that are undefined count as not given. An undefined envelope is most often a failed import, and the message
 * would be sent or read in another envelope than intended.
 *
 * @throws ERR_CONFIGURATION when the options name an envelope that is undefined
 */
export function refuseUndefinedEnvelope(label: string, options: unknown): void {
  if (typeof options !== "object" || options === null || !Object.hasOwn(options, "messageEnvelope")) return;
  const { messageEnvelope } = options as { readonly messageEnvelope?: unknown };
  if (messageEnvelope === undefined) checkGivenEnvelope(label, messageEnvelope);
}
