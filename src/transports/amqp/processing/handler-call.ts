/** How the handler of a subscription is called: with its middleware, and with what answers or gathers around it. */
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import { compose } from "../../../service/middleware.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { Batches } from "./batches.ts";
import { Replies } from "./replies.ts";

export interface HandlerCall {
  /** Handler and middleware as one function. */
  readonly invoke: HandlerFunction;
  /** Only where the handler answers. */
  readonly replies: Replies | undefined;
  /** Only where messages are handled together. */
  readonly batches: Batches | undefined;
}

export interface HandlerCallSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly publisher: Publisher;
  /** By which the service's own copies come back. */
  readonly returnExchange: string;
}

/** Decided once, at start: a handler that neither answers nor gathers is called as it is. */
export function createHandlerCall(plan: SubscriptionPlan, settings: HandlerCallSettings): HandlerCall {
  const { context, options, publisher, returnExchange } = settings;
  const { reply, batch, handler } = plan;
  if (reply) {
    const replies = new Replies({ plan, reply, context, options, publisher, returnExchange });
    return { invoke: replies.invoke, replies, batches: undefined };
  }
  const { call, label } = handler;
  const batches = batch && new Batches({ batch, call, label, clock: context.clock });
  return { invoke: compose(context.messageMiddleware, batches?.add ?? call), replies: undefined, batches };
}
