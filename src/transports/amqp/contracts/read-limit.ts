/** The time limit for reading with an async envelope or schema, so that it cannot hold a delivery forever. */

import { AmqpError } from "../../../amqp-client/errors.ts";
import { unansweredSchema } from "../../../service/schema-error.ts";
import type { Clock } from "../../../util/clock.ts";
import { within } from "../../../util/within.ts";

/** The time limit in seconds for the envelope, and again for the schema, if the handler has no `timeoutSeconds`. */
const defaultReadSeconds = 30;

/** The time limits of one subscription. A result after the limit is ignored, also if it is an error. */
export class ReadLimit {
  readonly #seconds: number;
  readonly #cure: string;
  readonly #label: string;
  readonly #clock: Clock;

  /** `timeoutSeconds` is the time limit of the handler, if it has one. */
  constructor(label: string, timeoutSeconds: number | undefined, clock: Clock) {
    this.#seconds = timeoutSeconds ?? defaultReadSeconds;
    this.#cure = timeoutSeconds === undefined ? "give the handler a timeoutSeconds" : "raise timeoutSeconds";
    this.#label = label;
    this.#clock = clock;
  }

  /** Waits for the envelope. @throws ERR_AMQP_READ_TIMEOUT after the limit */
  forBody<T>(reading: PromiseLike<T>): Promise<T> {
    return within(reading, this.#seconds * 1000, this.#clock, () => {
      const what = `The envelope did not finish reading a message for ${this.#label} within ${this.#seconds} s`;
      return new AmqpError("ERR_AMQP_READ_TIMEOUT", `${what}. Do not wait for other systems in it, or ${this.#cure}.`);
    });
  }

  /** Waits for the schema. @throws ERR_SCHEMA_FAILED after the limit */
  forData<T>(checking: PromiseLike<T>): Promise<T> {
    return within(checking, this.#seconds * 1000, this.#clock, () =>
      unansweredSchema(`The data of a message for ${this.#label}`, this.#seconds, this.#cure),
    );
  }
}
