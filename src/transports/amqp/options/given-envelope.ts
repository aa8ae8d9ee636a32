/** The envelope of a decorator, a publish or a request. A value that is not an envelope is refused. */
import { envelopeExpected, envelopeProblem } from "../../../service/envelope-check.ts";
import { ConfigurationError } from "../../../service/errors.ts";

/** @throws ERR_CONFIGURATION when a value is not an envelope and not null */
export function checkGivenEnvelope(label: string, envelope: unknown): void {
  const problem = envelopeProblem(envelope);
  if (problem === undefined) return;
  throw new ConfigurationError(`The option messageEnvelope of ${label} must be ${envelopeExpected}, but ${problem}.`);
}

/**
 * Any other option that is undefined counts as not given. An undefined envelope is usually a failed import, and the message would be sent
 * or read with another envelope than intended.
 *
 * @throws ERR_CONFIGURATION when the options name an envelope that is undefined
 */
export function refuseUndefinedEnvelope(label: string, options: unknown): void {
  if (typeof options !== "object" || options === null || !Object.hasOwn(options, "messageEnvelope")) return;
  const { messageEnvelope } = options as { readonly messageEnvelope?: unknown };
  if (messageEnvelope === undefined) checkGivenEnvelope(label, messageEnvelope);
}
