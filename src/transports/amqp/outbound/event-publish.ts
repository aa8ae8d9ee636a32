/** A publish by a contract, as the options of a plain one. */
import { ConfigurationError } from "../../../service/errors.ts";
import type { EventContract } from "../contracts/event.ts";
import { fillKey } from "../contracts/key-template.ts";
import { saidByContract } from "../contracts/said-by-contract.ts";
import { headerNames } from "../names/headers.ts";
import type { PublishOptions } from "./publish-options.ts";

const saidByEvent: Readonly<Record<string, string>> = {
  routingKey: "key; its parameters go into params",
  ...saidByContract,
};

/**
 * @throws ERR_CONFIGURATION when an option contradicts the contract
 * @throws ERR_AMQP_KEY_PARAMETER when a parameter is missing, unknown, or cannot be part of a key
 */
export function publishOptionsOf(contract: EventContract, given: unknown): PublishOptions {
  const label = `amqpPublish() by event("${contract.routingKey}")`;
  if (given !== undefined && (typeof given !== "object" || given === null)) {
    throw new ConfigurationError(`The options of ${label} must be an object, not ${String(given)}.`);
  }
  const { params, ...options } = (given ?? {}) as Record<string, unknown> & { readonly params?: unknown };
  for (const [name, where] of Object.entries(saidByEvent)) {
    if (options[name] === undefined) continue;
    throw new ConfigurationError(`${label} has no option "${name}": the contract sets it, as its ${where}.`);
  }
  const { template, exchangeName, envelope, schema, version } = contract;
  const own: PublishOptions = {
    ...options,
    routingKey: fillKey(template, params),
    exchangeName,
    schema,
    // An undefined envelope would be refused as a failed import: without one in the contract it is the service's.
    ...(envelope !== undefined && { messageEnvelope: envelope }),
  };
  if (version === undefined) return own;
  return {
    ...own,
    headers: { ...(options["headers"] as PublishOptions["headers"]), [headerNames.eventVersion]: version },
  };
}
