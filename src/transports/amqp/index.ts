/** The face of the AMQP transport. */
export type { AmqpContext, ContextOf } from "./context.ts";
export { type DeadLetterCause, deadLetterHeaderNames } from "./dead-letter.ts";
export { type AmqpDecorator, amqp, type SubscribeOptions } from "./decorator.ts";
// For the command line; the package's own face leaves them out.
export { DeadLetterDesk, type DeskAction, type DeskWork, type LetterResult } from "./desk/dead-letter-desk.ts";
export { deadLetterQueuesOf, type ServiceDeadLetters } from "./desk/dead-letter-queues.ts";
export type { Letter } from "./desk/letter.ts";
export { createLetterFilter, globPattern, type LetterFilter } from "./desk/letter-filter.ts";
export { AmqpError } from "./errors.ts";
export type { AmqpOptions, AmqpServiceOptions, ExchangeType, QueueType, TopologyProfile } from "./options.ts";
export type { PublishOptions } from "./outgoing.ts";
export { amqpPublish, type PublishOptionsWith } from "./publish.ts";
export { topicMatches } from "./topic-pattern.ts";
export { amqpTransport } from "./transport.ts";
