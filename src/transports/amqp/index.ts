/** The face of the AMQP transport. */

export {
  AmqpChannelError,
  AmqpConnectionError,
  AmqpError,
  AmqpMessageError,
  AmqpPublishError,
  AmqpRequestError,
} from "../../amqp-client/errors.ts";
export type { Duration, DurationText } from "../../util/duration.ts";
export type { BatchOptions, BatchOutcome, BatchResult } from "./batches/batch-options.ts";
export type { AmqpContext, ContextOf } from "./context.ts";
export {
  type EventContract,
  type EventData,
  type EventInput,
  type EventOptions,
  type EventParams,
  event,
  isEventContract,
} from "./contracts/event.ts";
export { publishOptionsOf } from "./contracts/event-publish.ts";
export type { DeadLetterCause } from "./dead-letters/dead-letter.ts";
export { type AmqpDecorator, amqp, type SubscribeOptions } from "./decorator.ts";
export {
  type ClaimAnswer,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  memoryDeduplicationStore,
} from "./duplicates/deduplication-store.ts";
export type { DeduplicationWindow } from "./duplicates/window.ts";
export { deadLetterHeaderNames } from "./names/headers.ts";
export type { AmqpOptions, AmqpServiceOptions, ExchangeType, QueueType, TopologyProfile } from "./options.ts";
export type { OrderBy, OrderKey } from "./order/order-by.ts";
export type { FailureGrouping, PauseAfterOptions } from "./pausing/pause-after.ts";
export { amqpPublish, type EventPublishOptions, type PublishArguments, type PublishOptionsWith } from "./publish.ts";
export type { PublishOptions } from "./publishing/outgoing.ts";
export { amqpRequest, type ContractRequestOptions } from "./requests/amqp-request.ts";
export { AmqpRemoteError, type RemoteError } from "./requests/error-reply.ts";
export {
  isRequestContract,
  type RequestAnswer,
  type RequestContract,
  type RequestContractOptions,
  type RequestData,
  type RequestInput,
  type RequestParams,
  type RequestReply,
  request,
} from "./requests/request.ts";
export type { RequestSubscribeOptions } from "./requests/request-trigger.ts";
export type { RequestOptions } from "./requests/requests.ts";
export type { RetryOptions } from "./retries/retry-options.ts";
export { topicMatches } from "./topic-pattern.ts";
export { amqpTransport } from "./transport.ts";
