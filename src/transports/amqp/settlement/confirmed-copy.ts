/** A copy of a message for another queue: published, confirmed, and its target made where it does not exist. */
import { AmqpError } from "../../../amqp-client/errors.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { hasCode } from "../../../errors.ts";
import type { RepeatedLog } from "../processing/repeated-log.ts";
import type { CopyLimits } from "./dead-letter.ts";

/** A copy that must be confirmed before the message may go, and what makes its target. */
export interface Copy {
  /** `bare` when the whole copy was refused: see `CopyLimits`. */
  message(limits: CopyLimits): OutgoingMessage;
  /** The queue it is for. */
  readonly target: string;
  /** The error when it is returned although its target was declared. */
  readonly errorCode: "ERR_AMQP_DEAD_LETTER_QUEUE" | "ERR_AMQP_RETRY_QUEUE";
  /** The message is acknowledged. */
  copied?(): void;
  /** Makes sure that the target exists, if it is declared when first needed. */
  prepare?(): Promise<void>;
  /** False: the service does not declare it. */
  declareTarget(): Promise<boolean>;
}

export class CopyMaker {
  readonly #publisher: Publisher;
  readonly #log: RepeatedLog;

  constructor(publisher: Publisher, log: RepeatedLog) {
    this.#publisher = publisher;
    this.#log = log;
  }

  /** "refused": the message itself is the reason, so another attempt ends in the same way. Never rejects. */
  async make(copy: Copy, attempt: number, bare: boolean): Promise<"taken" | "refused" | "failed"> {
    try {
      await this.#copy(copy, { frameMax: this.#publisher.frameMax, bare });
      return "taken";
    } catch (error) {
      if (isRefusal(error)) {
        const next = bare
          ? "It cannot be copied, so it goes back to its queue; the consumer continues."
          : "It is copied without its headers and most of its properties; the copy lists what is missing.";
        this.#log.write("error", { err: error }, `The copy to "${copy.target}" was refused. ${next}`);
        return "refused";
      }
      const text = `The copy to "${copy.target}" failed. The message stays in its queue, the consumer pauses, and the service tries again.`;
      this.#log.write("error", { err: error, attempt }, text);
      return "failed";
    }
  }

  async #copy(copy: Copy, limits: CopyLimits): Promise<void> {
    await copy.prepare?.();
    const message = copy.message(limits);
    if (await this.#arrives(message)) return;
    const declared = await copy.declareTarget();
    if (declared && (await this.#arrives(message))) return;
    const why = declared
      ? "though it was declared just now."
      : "and the service does not declare it (declare). Create it: `tomodachi topology <service>` prints how.";
    throw new AmqpError(
      copy.errorCode,
      `The broker returned the copy: the queue "${copy.target}" does not exist, ${why}`,
    );
  }

  /** False when the queue, or the exchange before it, does not exist. */
  async #arrives(message: OutgoingMessage): Promise<boolean> {
    try {
      return !(await this.#publisher.publishCopy(message)).returned;
    } catch (error) {
      if (hasCode(error, "ERR_AMQP_EXCHANGE_NOT_FOUND")) return false;
      throw error;
    }
  }
}

/** AMQP 0-9-1, 1.2.5: an error in the message itself, which stays however often it is sent. */
const repliesToAMessage: ReadonlySet<number> = new Set([311, 406, 501, 502, 503, 505]);
const codesOfAMessage = ["ERR_AMQP_PUBLISH_INVALID", "ERR_AMQP_HEADERS_TOO_LARGE", "ERR_AMQP_MESSAGE_TOO_LARGE"];

/** Whether a copy was refused for what it is. Refused for another reason, it may be taken later. */
function isRefusal(error: unknown): boolean {
  if (codesOfAMessage.some((code) => hasCode(error, code))) return true;
  if (!hasCode(error, "ERR_AMQP_PUBLISH_REFUSED")) return false;
  return repliesToAMessage.has((error as { readonly replyCode?: number }).replyCode ?? 0);
}
