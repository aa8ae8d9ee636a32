/** The copy of a message that is put aside: what it keeps, what it must not keep, and why it failed, as headers. */
import { hostname } from "node:os";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { classNameOf, isError, messageOf, textMemberOf } from "../../../errors.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { DeadLetterReason } from "../../../service/outcome.ts";
import { issuesAsJson, issuesOf } from "../../../service/schema-error.ts";
import { cutText } from "../../../util/cut-text.ts";
import type { SubscriptionPlan } from "../plan.ts";
import { isRetryCopy, type RetryHistory } from "../retries/retry-history.ts";
import { fitHeaders } from "./fit-headers.ts";
import { entrySize, tableSize } from "./table-size.ts";

/** All headers that are added, together. */
const addedBytes = 8 * 1024;
/** The whole table: RabbitMQ wants it in one frame, with room for the rest of the properties. */
const tableBytes = 60_000;
const prefix = "x-tomodachi-";
const originalPrefix = `${prefix}original-`;
/** The list of a schema's issues is at most this long. */
const issueBytes = 2000;

/**
 * Headers that would lose or misroute the copy if they were kept: the broker routes by CC and BCC, and counts by the rest.
 * They stay readable under `x-tomodachi-original-`.
 */
const brokerHeader = /^(CC|BCC|x-death|x-first-death-.*|x-last-death-.*|x-delivery-count|x-acquired-count)$/;

export interface DeadLetterCause {
  readonly reason: DeadLetterReason;
  readonly error: unknown;
  readonly plan: SubscriptionPlan;
  readonly service: { readonly name: string; readonly uuid: string };
  readonly attempts: number;
  /** With this failure in it; absent where the message is not tried again by a policy or by RetryLater. */
  readonly history?: RetryHistory | undefined;
  /** What brings copies back to the service's queues: a delivery by it is such a copy. */
  readonly returnExchange?: string | undefined;
  readonly startedAt: Date;
  readonly failedAt: Date;
  /** What the handler got; neither is there when the message could not be read. */
  readonly data?: unknown;
  readonly context?: MessageContext | undefined;
}

/** The copy for `<queue>.dlq`: same body, type, ids and headers; always persistent. It can always be sent. */
export function deadLetterOf(delivery: Delivery, cause: DeadLetterCause): OutgoingMessage {
  return copyOf(delivery, cause, { exchange: "", routingKey: cause.plan.deadLetterQueue });
}

/** The same copy for another target. */
export function copyOf(
  delivery: Delivery,
  cause: DeadLetterCause,
  target: Pick<OutgoingMessage, "exchange" | "routingKey">,
): OutgoingMessage {
  const { contentType, contentEncoding, type, messageId, correlationId, replyTo, priority, timestamp, appId } =
    delivery.properties;
  return {
    ...target,
    content: Buffer.from(delivery.content),
    mandatory: true,
    properties: {
      ...withoutUndefined({
        contentType,
        contentEncoding,
        type,
        messageId,
        correlationId,
        replyTo,
        priority,
        timestamp,
        appId,
      }),
      persistent: true,
      headers: deadLetterHeaders(delivery, cause),
    },
  };
}

/** Names the copy in logs and tests: the header that says where a message failed. */
export const deadLetterHeaderNames = {
  reason: "x-tomodachi-reason",
  errorClass: "x-tomodachi-error-class",
  errorCode: "x-tomodachi-error-code",
  errorMessage: "x-tomodachi-error-message",
  errorStack: "x-tomodachi-error-stack",
  schemaIssues: "x-tomodachi-schema-issues",
  handler: "x-tomodachi-handler",
  service: "x-tomodachi-service",
  serviceUuid: "x-tomodachi-service-uuid",
  host: "x-tomodachi-host",
  attempts: "x-tomodachi-attempts",
  failures: "x-tomodachi-failures",
  firstFailedAt: "x-tomodachi-first-failed-at",
  startedAt: "x-tomodachi-started-at",
  failedAt: "x-tomodachi-failed-at",
  exchange: "x-tomodachi-exchange",
  routingKey: "x-tomodachi-routing-key",
  queue: "x-tomodachi-queue",
} as const;

const ownHeaders: ReadonlySet<string> = new Set(Object.values(deadLetterHeaderNames));

function deadLetterHeaders(delivery: Delivery, cause: DeadLetterCause): Record<string, unknown> {
  const foreign = foreignHeaders(delivery, cause);
  const added = addedHeaders(delivery, cause);
  const whole = { ...foreign, ...added };
  if (tableSize(whole) <= tableBytes) return whole;
  delete added[deadLetterHeaderNames.errorStack];
  return { ...fitHeaders(foreign, tableBytes - tableSize(added)), ...added };
}

/** The message's own headers, those of the broker under names that the broker does not act on. */
function foreignHeaders(delivery: Delivery, { returnExchange = "" }: DeadLetterCause): Record<string, unknown> {
  const headers: Record<string, unknown> = {};
  // What the broker wrote on a copy tells of the copy's own way; the message's is kept since the first.
  const isCopy = returnExchange !== "" && isRetryCopy(delivery, returnExchange);
  for (const [name, value] of Object.entries(delivery.headers)) {
    // Our own headers tell of this failure alone, and not of one before.
    if (value === undefined || ownHeaders.has(name) || (isCopy && brokerHeader.test(name))) continue;
    headers[brokerHeader.test(name) ? originalPrefix + name : name] = value;
  }
  const { expiration, userId } = delivery.properties;
  if (expiration !== undefined) headers[`${originalPrefix}expiration`] = String(expiration);
  if (userId !== undefined) headers[`${originalPrefix}user-id`] = userId;
  return headers;
}

function addedHeaders(delivery: Delivery, cause: DeadLetterCause): Record<string, unknown> {
  const { error, plan, service, history } = cause;
  const names = deadLetterHeaderNames;
  const headers: Record<string, unknown> = {
    [names.reason]: cause.reason,
    [names.errorClass]: cutText(classNameOf(error), 200),
    [names.errorMessage]: cutText(messageOf(error), 2000),
    [names.handler]: cutText(plan.handler.name, 200),
    [names.service]: cutText(service.name, 200),
    [names.serviceUuid]: cutText(service.uuid, 100),
    [names.host]: cutText(hostname(), 100),
    [names.attempts]: cause.attempts,
    [names.startedAt]: cause.startedAt.toISOString(),
    [names.failedAt]: cause.failedAt.toISOString(),
    [names.exchange]: history?.exchange ?? delivery.exchange,
    [names.routingKey]: history?.routingKey ?? delivery.routingKey,
    [names.queue]: plan.queueName,
  };
  if (history && history.failures > 0) {
    headers[names.failures] = history.failures;
    headers[names.firstFailedAt] = cutText(history.firstFailedAt ?? cause.failedAt.toISOString(), 40);
  }
  const code = textMemberOf(error, "code");
  if (code !== undefined) headers[names.errorCode] = cutText(code, 100);
  const issues = issuesOf(error);
  if (issues) headers[names.schemaIssues] = issuesAsJson(issues, issueBytes);
  const stack = isError(error) ? textMemberOf(error, "stack") : undefined;
  const room = addedBytes - tableSize(headers) - entrySize(names.errorStack, "");
  if (stack && room > 100) headers[names.errorStack] = cutText(stack, room);
  return headers;
}

/** amqplib tells a property that is undefined from one that is absent. */
function withoutUndefined<T extends object>(fields: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
