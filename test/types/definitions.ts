/** The form without decorators: the types that `on` and `defineService` give to the handler. */
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  defineService,
  JsonBase,
  type JsonBaseMessage,
  on,
  type Service,
  type ServiceClass,
} from "tomodachi";

const defined: ServiceClass = defineService({
  name: "orders",
  options: { amqp: { topology: "python", prefetch: 5 } },
  messageEnvelope: JsonBase,
  async startedService() {
    await amqpPublish(this, { id: "1" }, { routingKey: "x" });
  },
  onDeadLetter({ reason, data, deadLetterQueue }) {
    this.logger.warn({ reason, data }, deadLetterQueue);
  },
  handlers: {
    bare: on(amqp("x"), () => {}),
    typedByHandler: on(amqp("x"), (data: { id: string }, context) => [data.id, context.routingKey]),
    several: on([amqp("x"), amqp("y", { prefetch: 1 })], (data, context) => [data, context.routingKey]),
    withThis: on(amqp("x"), function (data) {
      return [this.name, data];
    }),
    json: on(amqp("x", { messageEnvelope: JsonBase }), (_data, context) => context.message.metadata.topic),
    named: on(
      amqp("x", { messageEnvelope: JsonBase }),
      (_data, context: AmqpContext<JsonBaseMessage>) => context.message.metadata.topic,
    ),
    text: on(amqp("x", { messageEnvelope: null }), (_data: string, context) => context.message.length),
    publishes: on(amqp("x"), async (data, { service }) => amqpPublish(service, data, { routingKey: "y" })),

    // @ts-expect-error a context has no such member
    noMember: on(amqp("x"), (_data, context) => context.nope),
    // @ts-expect-error the second parameter is an AmqpContext
    wrongContext: on(amqp("x"), (_data: string, _context: { nope: number }) => {}),
    // @ts-expect-error a handler gets two parameters
    three: on(amqp("x"), (_data: string, _context: AmqpContext, _more: number) => {}),
    // @ts-expect-error a slip in an option
    slip: on(amqp("x", { prefech: 1 }), () => {}),
    // @ts-expect-error a handler without a trigger
    noTrigger: async () => {},
  },
});
export const instance: Service = new defined();
export class Extended extends defined {
  override name = "extended";
  @amqp("more") more() {}
}

// @ts-expect-error a service has a name
defineService({ handlers: {} });
// @ts-expect-error a slip in a member
defineService({ name: "orders", mesageEnvelope: JsonBase });
// @ts-expect-error a slip in an option
defineService({ name: "orders", options: { amqp: { routingKeyPrefx: "prod." } } });
// @ts-expect-error an object that is not an envelope
defineService({ name: "orders", messageEnvelope: {} });
