/** Synchronous methods of one channel: one is asked at a time, the others wait, and each answer has a deadline. */
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import type { Method, MethodName } from "../../amqp-wire/methods.ts";
import { Fifo } from "../../util/fifo.ts";

interface Call {
  readonly method: Method;
  readonly answers: readonly MethodName[];
  resolve(answer: Method): void;
  reject(error: Error): void;
}

export interface CallsHost {
  send(method: Method): void;
  /** No answer came within the deadline. Nothing else can be asked on this channel. */
  unanswered(method: MethodName): void;
  /** A blocking broker reads nothing, so it cannot answer. */
  readonly blocked: boolean;
}

export class Calls {
  readonly #host: CallsHost;
  readonly #timeoutMs: number;
  readonly #waiting = new Fifo<Call>();
  #current: Call | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: Error | undefined;

  constructor(host: CallsHost, timeoutMs: number) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  /** Resolves with the answer, one of `answers`; rejects when the channel ends before it came. */
  ask(method: Method, ...answers: readonly MethodName[]): Promise<Method> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.#waiting.push({ method, answers, resolve, reject });
      if (!this.#current) this.#next();
    });
  }

  /** Accepts an answer. Throws FrameError when no call waits for it. */
  answered(answer: Method): void {
    const call = this.#current;
    if (!call?.answers.includes(answer.name)) {
      throw new FrameError(replyCode.commandInvalid, `${answer.name} arrived, but no call waits for it`);
    }
    clearTimeout(this.#timer);
    this.#current = undefined;
    call.resolve(answer);
    this.#next();
  }

  /** Nothing can be asked any more; what has no answer rejects. */
  fail(error: Error): void {
    if (this.#end) return;
    this.#end = error;
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    current?.reject(error);
    for (const call of this.#waiting.takeAll()) call.reject(error);
  }

  #next(): void {
    while (!this.#current) {
      const call = this.#waiting.shift();
      if (!call) return;
      try {
        this.#host.send(call.method);
      } catch (error) {
        // A name that is too long, or an argument that AMQP cannot carry: nothing was sent.
        call.reject(error as Error);
        continue;
      }
      this.#current = call;
      this.#timer = setTimeout(this.#onTimeout, this.#timeoutMs);
    }
  }

  readonly #onTimeout = (): void => {
    const call = this.#current;
    if (!call) return;
    if (this.#host.blocked) this.#timer = setTimeout(this.#onTimeout, this.#timeoutMs);
    else this.#host.unanswered(call.method.name);
  };
}
