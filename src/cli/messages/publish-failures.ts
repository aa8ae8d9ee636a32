/** Counts the failed messages of `tomodachi publish` by what is known of each: whether it was sent, and whether the broker answered. */
import { textMemberOf } from "../../errors.ts";

/** Found before anything was sent, although the message was built. */
const unsendable: ReadonlySet<string | undefined> = new Set([
  "ERR_AMQP_HEADERS_TOO_LARGE",
  "ERR_AMQP_MESSAGE_TOO_LARGE",
  "ERR_AMQP_PUBLISH_INVALID",
]);
const refusals: ReadonlySet<string | undefined> = new Set(["ERR_AMQP_EXCHANGE_NOT_FOUND", "ERR_AMQP_PUBLISH_REFUSED"]);

export class PublishFailures {
  /** The data or a property was refused in this process. */
  #unsent = 0;
  #refused = 0;
  /** The connection was lost, or there was no answer in time. */
  #unknown = 0;

  add(error: unknown, isBuilt: boolean): void {
    const code = textMemberOf(error, "code");
    if (!isBuilt || unsendable.has(code)) this.#unsent++;
    else if (refusals.has(code)) this.#refused++;
    else this.#unknown++;
  }

  /** A line for each kind that happened. */
  lines(): readonly string[] {
    const of = (count: number, words: string): readonly string[] => (count === 0 ? [] : [`  ${count} ${words}`]);
    return [
      ...of(this.#unsent, "not sent: refused before sending"),
      ...of(this.#refused, "refused by the broker"),
      ...of(this.#unknown, "not confirmed: the broker gave no answer, so it may have the message"),
    ];
  }
}
