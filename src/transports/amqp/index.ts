/** The face of the AMQP transport. */

export { AmqpRequestError } from "../../amqp-client/errors.ts";
export type { Duration, DurationText } from "../../util/duration.ts";
export { amqpRequest, type ContractRequestOptions } from "./amqp-request.ts";
export type { BatchOptions, BatchOutcome, BatchResult } from "./batch-options.ts";
export type { AmqpContext, ContextOf } from "./context.ts";
export { type DeadLetterCause, deadLetterHeaderNames } from "./dead-letter.ts";
export { type AmqpDecorator, amqp, type SubscribeOptions } from "./decorator.ts";
export {
  type ClaimAnswer,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  memoryDeduplicationStore,
} from "./deduplication-store.ts";
export { AmqpRemoteError, type RemoteError } from "./error-reply.ts";
export { AmqpError } from "./errors.ts";
export {
  type EventContract,
  type EventData,
  type EventInput,
  type EventOptions,
  type EventParams,
  event,
  isEventContract,
} from "./event.ts";
export { publishOptionsOf } from "./event-publish.ts";
export type { AmqpOptions, AmqpServiceOptions, ExchangeType, QueueType, TopologyProfile } from "./options.ts";
export type { OrderBy, OrderKey } from "./order-by.ts";
export type { PublishOptions } from "./outgoing.ts";
export type { FailureGrouping, PauseAfterOptions } from "./pause-after.ts";
export { amqpPublish, type EventPublishOptions, type PublishArguments, type PublishOptionsWith } from "./publish.ts";
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
} from "./request.ts";
export type { RequestSubscribeOptions } from "./request-trigger.ts";
export type { RequestOptions } from "./requests.ts";
export type { RetryOptions } from "./retry-options.ts";
export { topicMatches } from "./topic-pattern.ts";
export { amqpTransport } from "./transport.ts";
