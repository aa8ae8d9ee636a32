/** Options that a contract decides itself: where one is given beside a contract, it is refused, or left out of what may be given. */

/** By the name of the option: the member of the contract that decides it. */
export const saidByContract: Readonly<Record<string, string>> = {
  schema: "schema",
  exchangeName: "exchangeName",
  messageEnvelope: "envelope",
};
