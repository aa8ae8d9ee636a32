/** The types of `@amqp` with a request contract. */
import type { TypedTrigger } from "../../../service/define-service.ts";
import type { Envelope, EnvelopeOptions, MessageOf, OptionsOf } from "../../../service/envelope.ts";
import type { ServiceLike } from "../../../service/service.ts";
import type { AmqpContext } from "../contracts/message-context.ts";
import type { RequestAnswer, RequestContract, RequestData, RequestParams } from "../contracts/request.ts";
import type { OrderingKeyFunctionFor } from "./ordering-key.ts";
import type { AmqpOptions } from "./subscription-options.ts";

/** The options of a subscription with a request contract. Those that the contract sets are left out. */
export type RequestSubscribeOptions<C extends RequestContract> = Omit<
  AmqpOptions,
  "reply" | "schema" | "exchangeName" | "orderingKey"
> & {
  /** {@inheritDoc AmqpOptions.orderingKey} */
  readonly orderingKey?: OrderingKeyFunctionFor<KnownData<RequestData<C>>, RequestParams<C>> | undefined;
} & ([C["envelope"]] extends [undefined] ? EnvelopeOptions : OptionsOf<C["envelope"]>);

type KnownData<Data> = unknown extends Data ? never : Data;

type EnvelopeFor<C extends RequestContract, This> = [C["envelope"]] extends [undefined]
  ? This extends { messageEnvelope: infer Own }
    ? Own
    : Envelope
  : C["envelope"];

type ContextFor<C extends RequestContract, This> = AmqpContext<MessageOf<EnvelopeFor<C, This>>, RequestParams<C>>;

type Answer<C extends RequestContract> = RequestAnswer<C> | PromiseLike<RequestAnswer<C>>;

type AnsweringHandler<C extends RequestContract, This> = (
  this: This,
  data: RequestData<C>,
  context: ContextFor<C, This>,
) => Answer<C>;

/** The result of `amqp()` with a request contract: the handler must accept its data and return its answer. */
export interface RequestDecorator<C extends RequestContract>
  extends TypedTrigger<RequestData<C>, ContextFor<C, unknown>, Answer<C>> {
  /** Standard decorators. */
  <This extends ServiceLike, F extends AnsweringHandler<C, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** Decorators with `experimentalDecorators`. */
  <This extends ServiceLike, F extends AnsweringHandler<C, This>>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}
