/** The failed messages of `tomodachi publish`: why each failed, and how many were not sent, refused by the broker, or not confirmed. */
import { messageOf, textMemberOf } from "../../errors.ts";
import { errorLine } from "../common/final-line.ts";

/** How many failed messages are reported one by one. */
const reportedFailures = 10;

/** Found before anything was sent, although the message was built. */
const unsendable: ReadonlySet<string | undefined> = new Set([
  "ERR_AMQP_HEADERS_TOO_LARGE",
  "ERR_AMQP_MESSAGE_TOO_LARGE",
  "ERR_AMQP_PUBLISH_INVALID",
]);
const refusals: ReadonlySet<string | undefined> = new Set(["ERR_AMQP_EXCHANGE_NOT_FOUND", "ERR_AMQP_PUBLISH_REFUSED"]);

export interface FailuresSettings {
  say(line: string): void;
  /** The reports begin with the number of the message. */
  readonly isNumbered: boolean;
}

export class PublishFailures {
  readonly #settings: FailuresSettings;
  /** The data or a property was refused in this process. */
  #unsent = 0;
  #refused = 0;
  /** The connection was lost, or there was no answer in time. */
  #unknown = 0;

  constructor(settings: FailuresSettings) {
    this.#settings = settings;
  }

  /** Reports the first messages. `isBuilt`: the message was made, and only its sending failed. */
  add(number: number, error: unknown, isBuilt: boolean): void {
    const code = textMemberOf(error, "code");
    if (!isBuilt || unsendable.has(code)) this.#unsent++;
    else if (refusals.has(code)) this.#refused++;
    else this.#unknown++;
    if (number > reportedFailures) return;
    const { say, isNumbered } = this.#settings;
    say(errorLine(`${isNumbered ? `message ${number}: ` : ""}${messageOf(error)}`, error).trimEnd());
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
