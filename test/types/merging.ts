/** What other modules merge into the package's interfaces is known everywhere; this file represents an envelope module and a middleware. */
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  JsonBase,
  type MessageContext,
  type MessageMiddleware,
  on,
  Service,
} from "tomodachi";

declare module "tomodachi" {
  interface EnvelopeOptions {
    readonly codeBook?: { readonly title: string };
  }
  interface MiddlewareValues {
    readonly traceId: string;
  }
}

const book = { title: "x.Y" };
export const trace: MessageMiddleware = async (next, { context, service }) => {
  service.logger.info(context.traceId);
  await next({ traceId: "t" });
};

export class Merged extends Service {
  name = "merged";
  override messageMiddleware = [trace, async (next: Parameters<MessageMiddleware>[0]) => next()];

  @amqp("a", { codeBook: book }) a(_data: unknown, { traceId }: AmqpContext) {
    return traceId.length;
  }
  @amqp("a", { codeBook: book, prefetch: 1 }) both() {}

  // @ts-expect-error a slip in a merged name
  @amqp("a", { codebook: book }) slip() {}
  // @ts-expect-error a merged option has its type
  @amqp("a", { codeBook: 1 }) wrongType() {}
  // @ts-expect-error JsonBase, named beside it, does not take what another envelope merged
  @amqp("a", { messageEnvelope: JsonBase, codeBook: book }) notOfJson() {}
  // @ts-expect-error a merged value has its type
  @amqp("a") wrongValue(_data: unknown, { traceId }: { traceId: number }) {
    return traceId;
  }
}

export const handler = on(amqp("a", { codeBook: book }), (_data, { traceId }) => traceId.length);
export const shared = (context: MessageContext): string => context.traceId;
// @ts-expect-error next takes an object
export const wrong: MessageMiddleware = (next) => next("t");

/** The options of a publish when only the service names the envelope. */
declare module "tomodachi" {
  interface EnvelopePublishOptions {
    readonly signedBy?: string;
  }
}
export async function sign(service: Service): Promise<void> {
  await amqpPublish(service, 1, { routingKey: "a", signedBy: "me" });
  // @ts-expect-error a merged option has its type
  await amqpPublish(service, 1, { routingKey: "a", signedBy: 1 });
  // @ts-expect-error JsonBase, named beside it, does not take what another envelope merged
  await amqpPublish(service, 1, { routingKey: "a", messageEnvelope: JsonBase, signedBy: "me" });
}
