/** Which handlers `@amqp` takes, and which do not compile. */
import { type AmqpContext, amqp, type Envelope, type JsonBaseMessage, Service } from "tomodachi";

export class Handlers extends Service {
  name = "handlers";
  #count = 0;

  @amqp("no.parameters") none() {
    this.#count++;
  }
  @amqp("one.parameter") async one(data: string) {
    return data.length;
  }
  @amqp("a") @amqp("b", { prefetch: 5, queueName: "q" }) two(data: { x: number }, context: AmqpContext) {
    return this.#count + data.x + context.attempt;
  }
  @amqp("destructured") destructured(_data: unknown, { routingKey, signal, logger }: AmqpContext) {
    logger.info(routingKey);
    return signal.aborted;
  }
  @amqp("optional") optional(data?: string, context?: AmqpContext) {
    return [data, context];
  }
  @amqp("rest") rest(...all: unknown[]) {
    return all;
  }
  @amqp("generic") generic<Data>(data: Data) {
    return data;
  }
  @amqp("this") withThis(this: Handlers, data: string) {
    return this.name + data;
  }
  @amqp("fewer.members") part(_data: unknown, context: { routingKey: string }) {
    return context.routingKey;
  }
  @amqp("text", { messageEnvelope: null }) text(_data: string, context: AmqpContext<string>) {
    return context.message.length;
  }
  @amqp("undefined", undefined) undefinedOptions() {}
  @amqp("undefined", { prefetch: undefined }) undefinedOption() {}
  @amqp("protected") protected kept(data: string) {
    return data;
  }
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: a message calls it
  @amqp("private") private hidden(data: string) {
    return data;
  }

  @amqp("ordered", { orderingKey: (data: { x: number }) => data.x }) ordered(data: { x: number }) {
    return data.x;
  }
  @amqp("ordered", { orderingKey: (_data, { routingKey }) => routingKey }) orderedByKey() {}

  // @ts-expect-error a key is a string or a number
  @amqp("b", { orderingKey: () => ({}) }) wrongKey() {}
  // @ts-expect-error a key is not waited for
  @amqp("b", { orderingKey: async () => "a" }) lateKey() {}
  // @ts-expect-error a handler gets two parameters, never three
  @amqp("b") three(_data: string, _context: AmqpContext, _more: number) {}
  // @ts-expect-error the second parameter is not an AmqpContext
  @amqp("b") wrongContext(_data: string, _context: { nope: number }) {}
  // @ts-expect-error a member of the context has another type
  @amqp("b") wrongMember(_data: string, _context: { routingKey: number }) {}
  // @ts-expect-error `this` is the service
  @amqp("b") wrongThis(this: Date) {}
  // @ts-expect-error this service names no envelope, so nothing says that messages are JsonBase's
  @amqp("b") wrongMessage(_data: string, context: AmqpContext<JsonBaseMessage>) {
    return context;
  }
  // @ts-expect-error without an envelope the message is text
  @amqp("b", { messageEnvelope: null }) notText(_data: string, context: AmqpContext<number>) {
    return context;
  }
  // @ts-expect-error a field is not a method
  @amqp("b") field = () => {};
  // @ts-expect-error a static method has no service
  @amqp("b") static fixed() {}
  // @ts-expect-error a routing key is a string
  @amqp(5) number() {}
  // @ts-expect-error a routing key is required
  @amqp() nothing() {}
  // @ts-expect-error a slip in an option's name
  @amqp("b", { prefech: 5 }) slip() {}
  // @ts-expect-error a slip in a literal
  @amqp("b", { exchangeType: "topc" }) literal() {}
  // @ts-expect-error an option of the wrong type
  @amqp("b", { prefetch: "5" }) wrongType() {}
}

export class NotAService {
  // @ts-expect-error only a Service has handlers
  @amqp("b") handler() {}
}

export class Derived extends Handlers {
  override name = "derived";
  override async one(data: string) {
    return (await super.one(data)) + 1;
  }
  @amqp("more") more() {}
  // @ts-expect-error an override must fit its parent, decorated or not
  @amqp("a") override two(data: Date) {
    return data.getTime();
  }
}

/** A context's members are read only, and typed. */
export function reading(context: AmqpContext): [number, boolean, Buffer, string | undefined] {
  // @ts-expect-error read only
  context.routingKey = "other";
  return [context.attempt, context.redelivered, context.body, context.messageUuid];
}

/** An envelope that was made elsewhere, of which nothing is known. */
declare const anyEnvelope: Envelope;
export class UnknownEnvelope extends Service {
  name = "unknown";
  override messageEnvelope = anyEnvelope;
  @amqp("a") a(_data: unknown, { message }: AmqpContext) {
    return message;
  }
}
