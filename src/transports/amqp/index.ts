/** The public exports of the AMQP transport. */

export type { ExpiringPassword, PasswordFunction, PasswordRequest } from "../../amqp-client/credentials.ts";
export {
  AmqpChannelError,
  AmqpConnectionError,
  AmqpError,
  AmqpMessageError,
  AmqpPublishError,
  AmqpRequestError,
} from "../../amqp-client/errors.ts";
export type { Duration, DurationText } from "../../util/duration.ts";
export { amqpRequest } from "./amqp-request.ts";
export {
  type EventContract,
  type EventData,
  type EventInput,
  type EventOptions,
  type EventParams,
  event,
  isEventContract,
} from "./contracts/event.ts";
export type { AmqpContext, ContextOf } from "./contracts/message-context.ts";
export {
  type RequestAnswer,
  type RequestContract,
  type RequestData,
  type RequestInput,
  type RequestParams,
  type RequestReply,
  request,
} from "./contracts/request.ts";
export { amqp } from "./decorator.ts";
export { deadLetterHeaderNames } from "./names/headers.ts";
export { topicMatches } from "./names/topic-pattern.ts";
export type { BatchOptions, BatchOutcome, BatchResult } from "./options/batch-options.ts";
export type { CircuitBreakerOptions, FailureGrouping } from "./options/circuit-breaker.ts";
export type { DeclareMode, DeclareOption } from "./options/declare-option.ts";
export {
  type ClaimAnswer,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  memoryDeduplicationStore,
} from "./options/deduplication-store.ts";
export type { QueueType } from "./options/handling-options.ts";
export type { AmqpBrokerOptions, AmqpServiceOptions, TopologyProfile } from "./options/options.ts";
export type { OrderingKey, OrderingKeyFunction } from "./options/ordering-key.ts";
export type { RetryOptions } from "./options/retry-options.ts";
export type { AmqpOptions, ExchangeType } from "./options/subscription-options.ts";
export type { DeduplicationWindow } from "./options/window.ts";
export { AmqpRemoteError, type RemoteError } from "./outbound/error-reply.ts";
export { publishOptionsOf } from "./outbound/event-publish.ts";
export type { PublishOptions } from "./outbound/publish-options.ts";
export type { RequestOptions } from "./outbound/request-options.ts";
export { amqpPublish, type EventPublishOptions, type PublishArguments } from "./publish.ts";
export { amqpTransport } from "./transport.ts";
