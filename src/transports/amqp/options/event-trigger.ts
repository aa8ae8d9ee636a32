/** What `@amqp` leaves on the class for a contract: its pattern, and the options that it says itself. */
import { refuseProblems } from "../../../service/errors.ts";
import type { EventContract } from "../contracts/event.ts";
import { exchangeProblems } from "../contracts/key-template.ts";
import type { AmqpTrigger } from "./plan.ts";

const saidByContract: Readonly<Record<string, string>> = {
  schema: "schema",
  exchangeName: "exchangeName",
  messageEnvelope: "envelope",
};

/** @throws ERR_CONFIGURATION when an option contradicts the contract */
export function triggerOfEvent(contract: EventContract, given: AmqpTrigger["options"], label: string): AmqpTrigger {
  const { pattern, template, schema, exchangeName, envelope, version } = contract;
  const problems = Object.entries(saidByContract)
    .filter(([name]) => given[name] !== undefined)
    .map(([name, own]) => `options.${name} stands in the contract, as its ${own}; leave it out here.`);
  refuseProblems(label, [...problems, ...exchangeProblems(template, given.exchangeType)]);
  const options = { ...given, schema, exchangeName, messageEnvelope: envelope };
  return { pattern, options, template, version };
}
