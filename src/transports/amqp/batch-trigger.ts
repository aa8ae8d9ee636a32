/** The types of `@amqp` with `batch`: lists of data and of contexts, and an outcome for each. */
import type { TypedTrigger } from "../../service/define-service.ts";
import type { MessageOf } from "../../service/envelope.ts";
import type { Service } from "../../service/service.ts";
import type { BatchResult } from "./batch-options.ts";
import type { AmqpContext } from "./context.ts";

type EnvelopeFor<E, This> = [E] extends [undefined] ? (This extends { messageEnvelope: infer Own } ? Own : unknown) : E;

type ContextsFor<E, This> = AmqpContext<MessageOf<EnvelopeFor<E, This>>>[];

type Result = BatchResult | PromiseLike<BatchResult>;

type BatchHandler<E, This> = (this: This, items: never[], contexts: ContextsFor<E, This>) => Result;

/** What `amqp()` gives with `batch`; `E` is undefined where the service's envelope counts. */
export interface BatchDecorator<E> extends TypedTrigger<unknown[], ContextsFor<E, unknown>, Result> {
  /** The standard form. */
  <This extends Service, F extends BatchHandler<E, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** The form of `experimentalDecorators`. */
  <This extends Service, F extends BatchHandler<E, This>>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}
