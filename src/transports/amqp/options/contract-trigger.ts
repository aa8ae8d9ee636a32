/** What `@amqp` stores on the class for a contract: its pattern, and the options that it sets itself. */
import { refuseProblems } from "../../../service/errors.ts";
import type { EventContract } from "../contracts/event.ts";
import { exchangeProblems } from "../contracts/key-template.ts";
import { isRequestContract, type RequestContract } from "../contracts/request.ts";
import { saidByContract } from "../contracts/said-by-contract.ts";
import type { AmqpTrigger } from "./trigger.ts";

const saidByRequest: Readonly<Record<string, string>> = { reply: "reply", ...saidByContract };

/** @throws ERR_CONFIGURATION when an option contradicts the contract */
export function triggerOfContract(
  contract: EventContract | RequestContract,
  given: AmqpTrigger["options"],
  label: string,
): AmqpTrigger {
  const { pattern, template, schema, exchangeName, envelope } = contract;
  const isRequest = isRequestContract(contract);
  const problems = Object.entries(isRequest ? saidByRequest : saidByContract)
    .filter(([name]) => given[name] !== undefined)
    .map(([name, own]) => `The contract already sets options.${name}, as its ${own}. Leave it out here.`);
  refuseProblems(label, [...problems, ...exchangeProblems(template, given.exchangeType)]);
  const said: Record<string, unknown> = { schema, exchangeName, messageEnvelope: envelope };
  if (isRequest) said["reply"] = contract;
  const options = { ...given, ...said };
  return { pattern, options, template, version: isRequest ? undefined : contract.version };
}
