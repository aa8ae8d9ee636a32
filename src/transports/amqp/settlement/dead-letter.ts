/** The copy of a message that failed, and why it failed, as headers. */
import { hostname } from "node:os";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { DeadLetterReason } from "../../../service/outcome.ts";
import { cutText } from "../../../util/cut-text.ts";
import { headerNames, isWrittenBy } from "../names/headers.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { arrivalOf, historyOf, type RetryHistory } from "../processing/retry-history.ts";
import { type CopyOrder, copyMessage } from "./copy-message.ts";
import { errorHeaders, stackText } from "./error-headers.ts";
import { entrySize, tableSize } from "./table-size.ts";

/** All headers that are added, together. */
const addedBytes = 8 * 1024;

export interface DeadLetterCause {
  readonly reason: DeadLetterReason;
  readonly error: unknown;
  readonly plan: Pick<SubscriptionPlan, "queue" | "handler">;
  readonly service: { readonly name: string; readonly uuid: string };
  readonly attempts: number;
  /** With this failure in it; absent where the message is not tried again by a policy or by RetryLater. */
  readonly history?: RetryHistory | undefined;
  /** What brings copies back to the service's queues: a delivery by it is such a copy. */
  readonly returnExchange: string;
  readonly startedAt: Date;
  readonly failedAt: Date;
  /** What the handler got; neither is there when the message could not be read. */
  readonly data?: unknown;
  readonly context?: MessageContext | undefined;
  /** Headers for the copy, from observers of the run. The message's own headers are not replaced. */
  readonly carried?: Readonly<Record<string, unknown>> | undefined;
}

/** The size limit of a connection, and whether the message may be included. */
export type CopyLimits = Pick<CopyOrder, "frameMax" | "bare">;

/** The copy for `<queue>.dlq`: same body, type, ids and headers; always persistent. It can always be sent. */
export function deadLetterOf(delivery: Delivery, cause: DeadLetterCause, limits: CopyLimits): OutgoingMessage {
  return failedCopy(
    delivery,
    cause,
    { exchange: "", routingKey: cause.plan.queue.deadLetterQueue },
    "dead-letter",
    limits,
  );
}

/** The copy of a message that failed. */
export function failedCopy(
  delivery: Delivery,
  cause: DeadLetterCause,
  target: CopyOrder["target"],
  kind: "retry" | "dead-letter",
  limits: CopyLimits,
): OutgoingMessage {
  const own = Object.entries(addedHeaders(delivery, cause)).filter(([name]) => isWrittenBy(kind, name));
  const carried = Object.entries(cause.carried ?? {}).filter(([name]) => !Object.hasOwn(delivery.headers, name));
  const arrival = arrivalOf(delivery, cause.returnExchange);
  return copyMessage(delivery, { kind, arrival, target, added: Object.fromEntries([...carried, ...own]), ...limits });
}

function addedHeaders(delivery: Delivery, cause: DeadLetterCause): Record<string, unknown> {
  const { error, plan, service, history } = cause;
  const names = headerNames;
  const came = historyOf(delivery, cause.returnExchange);
  const headers: Record<string, unknown> = {
    [names.reason]: cause.reason,
    ...errorHeaders(error),
    [names.handler]: cutText(plan.handler.name, 200),
    [names.service]: cutText(service.name, 200),
    [names.serviceUuid]: cutText(service.uuid, 100),
    [names.host]: cutText(hostname(), 100),
    [names.attempts]: cause.attempts,
    [names.startedAt]: cause.startedAt.toISOString(),
    [names.failedAt]: cause.failedAt.toISOString(),
    [names.exchange]: came.exchange,
    [names.routingKey]: came.routingKey,
    [names.queue]: plan.queue.queueName,
  };
  if (history && history.failures > 0) {
    headers[names.failures] = history.failures;
    headers[names.firstFailedAt] = cutText(history.firstFailedAt ?? cause.failedAt.toISOString(), 40);
  }
  const room = addedBytes - tableSize(headers) - entrySize(names.errorStack, "");
  const stack = room > 100 ? stackText(error, room) : undefined;
  if (stack) headers[names.errorStack] = stack;
  return headers;
}
