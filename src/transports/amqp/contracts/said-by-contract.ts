/** Options that a contract sets itself: one that is passed together with a contract is refused, or missing in the type. */

/** By the name of the option: the member of the contract that decides it. */
export const saidByContract: Readonly<Record<string, string>> = {
  schema: "schema",
  exchangeName: "exchangeName",
  messageEnvelope: "envelope",
};
