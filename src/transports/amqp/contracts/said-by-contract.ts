/** Options that a contract sets itself. Such an option is refused beside a contract, or does not exist in the type. */

/** For each option: the member of the contract that sets it. */
export const saidByContract: Readonly<Record<string, string>> = {
  schema: "schema",
  exchangeName: "exchangeName",
  messageEnvelope: "envelope",
};
