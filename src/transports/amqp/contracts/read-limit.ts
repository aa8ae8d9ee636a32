/** Reading that waits for something, in an async envelope or schema, has an end: it must not hold its delivery without end. */

import { AmqpError } from "../../../amqp-client/errors.ts";
import { unansweredSchema } from "../../../service/schema-error.ts";
import type { Clock } from "../../../util/clock.ts";
import { within } from "../../../util/within.ts";

/** How long the envelope may take, and the schema after it, where the handler has no `timeoutSeconds`. */
const defaultReadSeconds = 30;

/** The deadlines of one subscription. What comes after one is ignored, an error included. */
export class ReadLimit {
  readonly #seconds: number;
  readonly #cure: string;
  readonly #label: string;
  readonly #clock: Clock;

  /** `timeoutSeconds` is the deadline of the handler itself, where it has one. */
  constructor(label: string, timeoutSeconds: number | undefined, clock: Clock) {
    this.#seconds = timeoutSeconds ?? defaultReadSeconds;
    this.#cure = timeoutSeconds === undefined ? "give the handler a timeoutSeconds" : "raise timeoutSeconds";
    this.#label = label;
    this.#clock = clock;
  }

  /** The envelope's result for a body. @throws ERR_AMQP_READ_TIMEOUT when it is over time */
  forBody<T>(reading: PromiseLike<T>): Promise<T> {
    return within(reading, this.#seconds * 1000, this.#clock, () => {
      const what = `The envelope did not finish reading a message for ${this.#label} within ${this.#seconds} s`;
      return new AmqpError("ERR_AMQP_READ_TIMEOUT", `${what}. Do not wait for other systems in it, or ${this.#cure}.`);
    });
  }

  /** The schema's output for data. @throws ERR_SCHEMA_FAILED when it is over time */
  forData<T>(checking: PromiseLike<T>): Promise<T> {
    return within(checking, this.#seconds * 1000, this.#clock, () =>
      unansweredSchema(`The data of a message for ${this.#label}`, this.#seconds, this.#cure),
    );
  }
}
