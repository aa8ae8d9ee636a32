/** A transport of a user's own: its options, its decorator, what it sends with. */
import {
  type Clock,
  createDecorator,
  defineOptions,
  defineService,
  type HandlerDecorator,
  type MessageContext,
  on,
  Service,
  type ServiceContext,
  type Transport,
  type TransportDefinition,
  transportOf,
} from "tomodachi";

declare module "tomodachi" {
  interface ServiceOptions {
    readonly mail?: { readonly server: string } | undefined;
  }
}

interface MailTrigger {
  readonly address: string;
}
interface MailContext extends MessageContext {
  readonly from: string;
}
interface MailTransport extends Transport<MailTrigger> {
  send(to: string): Promise<void>;
}
declare function createMail(context: ServiceContext): MailTransport;

export const mailTransport: TransportDefinition<MailTrigger, MailTransport> = { name: "mail", create: createMail };

export function mail(address: string): HandlerDecorator<string, MailContext, Promise<void> | void> {
  return createDecorator(mailTransport, { address }, `@mail("${address}")`);
}
// @ts-expect-error the options of a decorator are those of its transport
createDecorator(mailTransport, { adress: "" }, "@mail()");

export class Inbox extends Service {
  name = "inbox";
  override options = defineOptions({ mail: { server: "localhost" }, amqp: { prefetch: 1 } });
  override transports = [mailTransport];

  @mail("a") both(body: string, { from, logger }: MailContext): void {
    logger.info(body + from);
  }
  @mail("a") one(_body: string): void {}
  @mail("a") none(): void {}
  @mail("a") async later(_body: string, { signal }: MessageContext): Promise<void> {
    signal.throwIfAborted();
  }

  // @ts-expect-error a mail is text
  @mail("a") wrongData(_body: number): void {}
  // @ts-expect-error mails have no routing key
  @mail("a") wrongContext(_body: string, { routingKey }: { routingKey: string }): string {
    return routingKey;
  }
  // @ts-expect-error the result is not one of this transport
  @mail("a") wrongResult(): number {
    return 1;
  }
}

// @ts-expect-error a slip in an option of the group
export const slip = defineOptions({ mail: { srver: "localhost" } });

export const defined = defineService({
  name: "inbox",
  options: { mail: { server: "localhost" } },
  transports: [mailTransport],
  handlers: { onMail: on(mail("a"), (body, { from }) => void (body.length + from.length)) },
});
// @ts-expect-error a mail is text
export const wrong = on(mail("a"), (_body: number) => {});

export function send(service: Service, clock: Clock): Promise<void> {
  clock.after(1, () => {});
  // @ts-expect-error only what the transport has
  void transportOf(service, mailTransport).post("a");
  return transportOf(service, mailTransport).send("a");
}
