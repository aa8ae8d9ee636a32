/** amqpRequest(): sends a request and waits for the reply. */
import type { EnvelopePublishOptions, OwnEnvelopePublishOptions } from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { transportOf } from "../../service/running-services.ts";
import type { ParamsOption } from "./contracts/key-template.ts";
import {
  isRequestContract,
  type RequestContract,
  type RequestInput,
  type RequestParams,
  type RequestReply,
} from "./contracts/request.ts";
import type { RequestOptions } from "./outbound/request-options.ts";
import type { BuildOptionsOf } from "./publish.ts";
import { amqpTransport } from "./transport.ts";

/** The options of a request with a contract: without those that the contract sets, and with the parameters of its key. */
export type ContractRequestOptions<C extends RequestContract> = Omit<
  RequestOptions,
  "exchangeName" | "messageEnvelope"
> &
  BuildOptionsOf<C["envelope"]> &
  ParamsOption<RequestParams<C>>;

type ContractRequestArguments<C extends RequestContract> = keyof RequestParams<C> extends never
  ? [data: RequestInput<C>, options?: ContractRequestOptions<C> | undefined]
  : [data: RequestInput<C>, options: ContractRequestOptions<C>];

/**
 * Sends a request, and resolves with the reply: what the handler returned. The reply comes through RabbitMQ's direct reply-to, so there is
 * no queue for replies, and replies in transit are lost if the connection breaks. With a contract (see `request`) the data and the reply
 * are checked.
 *
 * @example
 * ```ts
 * const { cents } = await amqpRequest(this, priceGet, { article: "bread" }, { timeoutSeconds: 2 });
 * const order = await amqpRequest(this, orderGet, null, { params: { id: "1" } });
 * const stock = await amqpRequest<number>(this, "stock.get", { article: "bread" });
 * ```
 * @throws ERR_AMQP_REQUEST_FAILED when the handler failed: an `AmqpRemoteError`, with its error as `remote`
 * @throws ERR_AMQP_REQUEST_TIMEOUT when there was no reply within `timeoutSeconds`
 * @throws ERR_AMQP_UNROUTABLE at once, when no queue is bound for the key
 * @throws ERR_AMQP_PUBLISH_REFUSED at once, when the queue is full
 * @throws ERR_AMQP_REQUEST_LOST when the connection broke before the reply, unless `idempotent`
 * @throws ERR_AMQP_REQUEST_CANCELLED when the signal aborted
 * @throws ERR_AMQP_CLOSED when the service stopped before the reply
 * @throws ERR_AMQP_KEY_PARAMETER when a parameter of a contract's key is missing or cannot be part of the key
 * @throws ERR_SCHEMA_REFUSED when the data or the reply does not fit the contract
 */
export function amqpRequest<C extends RequestContract>(
  service: ServiceInstance,
  contract: C,
  ...rest: ContractRequestArguments<C>
): Promise<RequestReply<C>>;
export function amqpRequest<Reply = unknown>(
  service: ServiceInstance,
  routingKey: string,
  data: unknown,
  options?: RequestOptions & EnvelopePublishOptions & OwnEnvelopePublishOptions,
): Promise<Reply>;
export async function amqpRequest(
  service: ServiceInstance,
  what: RequestContract | string,
  data: unknown,
  options?: RequestOptions,
): Promise<unknown> {
  if (typeof what !== "string" && !isRequestContract(what)) {
    throw new ConfigurationError(
      `amqpRequest() needs a routing key or a contract from request(), as in amqpRequest(this, "price.get", data), but got ${typeof what}.`,
    );
  }
  const transport = transportOf(service, amqpTransport);
  return transport.request(what, data, options);
}
