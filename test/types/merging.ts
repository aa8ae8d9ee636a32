/** What others merge into the package's interfaces is known everywhere; so this file stands for an envelope module and for a middleware. */
import { type AmqpContext, amqp, JsonBase, type MessageContext, type MessageMiddleware, on, Service } from "tomodachi";

declare module "tomodachi" {
  interface EnvelopeOptions {
    readonly protoClass?: { readonly typeName: string };
  }
  interface MiddlewareValues {
    readonly traceId: string;
  }
}

const proto = { typeName: "x.Y" };
export const trace: MessageMiddleware = async (next, { context, service }) => {
  service.logger.info(context.traceId);
  await next({ traceId: "t" });
};

export class Merged extends Service {
  name = "merged";
  override messageMiddleware = [trace, async (next: Parameters<MessageMiddleware>[0]) => next()];

  @amqp("a", { protoClass: proto }) a(_data: unknown, { traceId }: AmqpContext) {
    return traceId.length;
  }
  @amqp("a", { protoClass: proto, prefetch: 1 }) both() {}

  // @ts-expect-error a slip in a merged name
  @amqp("a", { protoclass: proto }) slip() {}
  // @ts-expect-error a merged option has its type
  @amqp("a", { protoClass: 1 }) wrongType() {}
  // @ts-expect-error JsonBase, named beside it, does not take what another envelope merged
  @amqp("a", { messageEnvelope: JsonBase, protoClass: proto }) notOfJson() {}
  // @ts-expect-error a merged value has its type
  @amqp("a") wrongValue(_data: unknown, { traceId }: { traceId: number }) {
    return traceId;
  }
}

export const handler = on(amqp("a", { protoClass: proto }), (_data, { traceId }) => traceId.length);
export const shared = (context: MessageContext): string => context.traceId;
// @ts-expect-error next takes an object
export const wrong: MessageMiddleware = (next) => next("t");
