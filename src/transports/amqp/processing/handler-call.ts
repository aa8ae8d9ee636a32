/** How the handler of a subscription is called: with its middleware, and with what answers or gathers around it. */
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { followed, unfollowed } from "../../../service/current-context.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import { compose } from "../../../service/middleware.ts";
import type { ObservedServer } from "../../../service/observed-work.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { queueTemplateOf } from "../names/queue-name.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { Batches, type BatchWatch } from "./batches.ts";
import { DeliveryContext } from "./delivery-context.ts";
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
  /** Where replies are sent now. */
  server(): ObservedServer | undefined;
  /** The exchange through which the service's own copies return. */
  readonly returnExchange: string;
}

/** Decided once, at start: a handler without replies and batches is called directly. */
export function createHandlerCall(plan: SubscriptionPlan, settings: HandlerCallSettings): HandlerCall {
  const { context } = settings;
  const follow = (invoke: HandlerFunction): HandlerFunction => (context.followsContext ? followed(invoke) : invoke);
  const { handler, runs } = plan;
  const { reply, batch } = runs;
  if (reply) {
    const replies = new Replies({ ...settings, plan, reply });
    return { invoke: follow(replies.invoke), replies, batches: undefined };
  }
  const { label } = handler;
  // A batch is called from the context of the message that filled it.
  const call = batch && context.followsContext ? unfollowed(handler.call) : handler.call;
  const batches = batch && new Batches({ batch, call, label, clock: context.clock, watch: batchWatch(plan, context) });
  // The transport that fills a leased queue has its own middleware around the handler.
  const middleware = plan.bindings.leased ? [] : context.messageMiddleware;
  return { invoke: follow(compose(middleware, batches?.add ?? call)), replies: undefined, batches };
}

/** Undefined without an observer. */
function batchWatch(plan: SubscriptionPlan, context: ServiceContext): BatchWatch | undefined {
  const { handler, queue } = plan;
  const { queueName } = queue;
  const { observer, service } = context;
  if (!observer?.batch) return undefined;
  const queueTemplate = queueTemplateOf(queue, service, handler.name);
  return (contexts) => {
    const keys = contexts.map((one) => DeliveryContext.keyOf(one as DeliveryContext));
    return observer.batch?.({ service, handler: handler.name, queueName, queueTemplate, keys });
  };
}
