/**
 * Everything that a service is written with: services, transports, publishing, errors.
 *
 * @module tomodachi
 */

// What a service is written with.
export {
  type ClusterScheduleContext,
  type ClusterScheduleDecorator,
  type ClusterScheduleOptions,
  daily,
  heartbeat,
  hourly,
  type MissedPolicy,
  minutely,
  monthly,
  schedule,
  scheduleTransport,
} from "./cluster-schedules/index.ts";
export { EnvelopeError, Json, JsonBase, type JsonBaseMessage, RawBytes } from "./envelopes/index.ts";
export { TomodachiError } from "./errors.ts";
export type { Logger, LogLevel } from "./log/logger.ts";
// ---- For programs that run services themselves, or extend the framework.
export { createLogger, type LogForm, type LoggerOptions } from "./log/logger.ts";
export { defineOptions, type ServiceOptions } from "./options.ts";
export { runServices } from "./run-services.ts";
export type { MessageContext, MiddlewareValues } from "./service/context.ts";
export type { ServiceFactory, ServiceSource } from "./service/create-services.ts";
export { currentContext, getLogger } from "./service/current-context.ts";
export type { DeadLetter } from "./service/dead-letter.ts";
export { createDecorator, type HandlerDecorator } from "./service/decorator.ts";
export {
  defineService,
  type HandlerDefinition,
  on,
  type ServiceDefinition,
  type TypedTrigger,
} from "./service/define-service.ts";
export type {
  BuiltMessage,
  BuiltPayload,
  Envelope,
  EnvelopeOptions,
  EnvelopePublishOptions,
  MessageOf,
  MessageSource,
  ParsedMessage,
} from "./service/envelope.ts";
export { ConfigurationError, ServiceError } from "./service/errors.ts";
export type { Handler, HandlerFunction } from "./service/handler.ts";
export type { HandlerRun, HandlerRunResult } from "./service/handler-run.ts";
export { HandlerRunner, type HandlerRunnerOptions, type RunHandler } from "./service/handler-runner.ts";
export type {
  ClusterScheduleHealth,
  ConnectionHealth,
  ConsumerHealth,
  PauseHealth,
  PublisherHealth,
  RouteHealth,
  ScheduleHealth,
  ServiceHealth,
  TransportHealth,
} from "./service/health.ts";
export type { ServiceInstance } from "./service/instance.ts";
export type { MessageCall, MessageMiddleware, Next } from "./service/middleware.ts";
export type { OpenWork } from "./service/open-work.ts";
export {
  AmqpInternalServiceError,
  type DeadLetterReason,
  HandlerTimeoutError,
  Reject,
  Requeue,
  RetryLater,
} from "./service/outcome.ts";
export type { RunOptions } from "./service/runner.ts";
export { exit, getService, transportOf } from "./service/running-services.ts";
export { SchemaError } from "./service/schema-error.ts";
export { Service, type ServiceClass } from "./service/service.ts";
export type { RunState, ServiceRun } from "./service/service-run.ts";
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
} from "./service/standard-schema.ts";
export type { BroughtTrigger, ServiceContext, Transport, TransportDefinition, TriggerOf } from "./service/transport.ts";
export {
  type AmqpBrokerOptions,
  AmqpChannelError,
  AmqpConnectionError,
  type AmqpContext,
  AmqpError,
  AmqpMessageError,
  type AmqpOptions,
  AmqpPublishError,
  AmqpRemoteError,
  AmqpRequestError,
  type AmqpServiceOptions,
  amqp,
  amqpPublish,
  amqpRequest,
  amqpTransport,
  type BatchOptions,
  type BatchOutcome,
  type BatchResult,
  type CircuitBreakerOptions,
  type ClaimAnswer,
  type ContextOf,
  type DeclareMode,
  type DeclareOption,
  type DeduplicationStore,
  type DeduplicationWindow,
  type Duration,
  type DurationText,
  deadLetterHeaderNames,
  type EventContract,
  type EventData,
  type EventInput,
  type EventOptions,
  type EventParams,
  type EventPublishOptions,
  type ExchangeType,
  type ExpiringPassword,
  event,
  type FailureGrouping,
  type MemoryDeduplicationOptions,
  memoryDeduplicationStore,
  type OrderingKey,
  type OrderingKeyFunction,
  type PasswordFunction,
  type PasswordRequest,
  type PublishOptions,
  type QueueType,
  type RemoteError,
  type RequestAnswer,
  type RequestContract,
  type RequestData,
  type RequestInput,
  type RequestOptions,
  type RequestParams,
  type RequestReply,
  type RetryOptions,
  request,
  type TopologyProfile,
} from "./transports/amqp/index.ts";
export {
  type ByteSize,
  type HttpCall,
  type HttpContext,
  type HttpDecorator,
  HttpError,
  type HttpErrorOptions,
  type HttpHeaders,
  type HttpMethod,
  type HttpMiddleware,
  type HttpOpenApiOptions,
  type HttpOptions,
  type HttpParams,
  type HttpPath,
  type HttpPlugin,
  type HttpQuery,
  type HttpRequest,
  type HttpRequestOf,
  type HttpRequestTypes,
  type HttpSchema,
  type HttpServiceOptions,
  type HttpStaticOptions,
  http,
  httpError,
  httpStatic,
  httpTransport,
  type RouteDescription,
  type WebSocketConnection,
  type WebSocketContext,
  type WebSocketData,
  type WebSocketDecorator,
  type WebSocketHandlers,
  type WebSocketMessage,
  type WebSocketMessages,
  type WebSocketOptions,
  type WebSocketResult,
  type WebSocketSchema,
  websocket,
} from "./transports/http/index.ts";
export type {
  CronSchedule,
  IntervalSchedule,
  ScheduleContext,
  ScheduleDecorator,
  ScheduleOptions,
  ScheduleRunOptions,
  ScheduleServiceOptions,
  TimeSchedule,
} from "./transports/schedule/index.ts";
export type { Clock } from "./util/clock.ts";
