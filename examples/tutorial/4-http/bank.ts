/** A bank that does not answer at the first attempt, and never takes more than 1000. */
export async function charge(order: string, total: number, attempt: number): Promise<void> {
  if (total > 1000) throw new RangeError(`the bank refuses ${total} for order ${order}`);
  if (attempt === 1) throw new Error("the bank does not answer");
}
