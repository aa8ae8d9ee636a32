/** Follows one message from its publish to the handlers, by what services declare and by what broker and processes say. */
import { AmqpConnection } from "../amqp-client/connection.ts";
import { describeEndpoint } from "../amqp-client/options.ts";
import { inspectQueue } from "../amqp-client/topology.ts";
import type { Answer } from "../doctor/ask.ts";
import { mayConsume, mayPublish } from "../doctor/harmless-questions.ts";
import { messageOf as textOfError } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { type MatchedPlan, type RoutedMessage, type RoutedService, routedMessage, routesOf } from "./route-key.ts";
import type { RunningConsumer, RunningConsumers } from "./running-consumers.ts";
import type { DeliveryTrace, TracedHandler, TracedQueue } from "./trace.ts";

export interface TraceSettings {
  readonly routingKey: string;
  /** Undefined for the exchange that the first service publishes to. */
  readonly exchange: string | undefined;
  /** Services with one broker and virtual host; at least one. */
  readonly services: readonly RoutedService[];
  readonly running: RunningConsumers;
  readonly logger: Logger;
}

/** A person waits for this answer, so a broker that does not answer is reported soon. */
const connectTimeoutSeconds = 5;

/** Never rejects: what cannot be seen is said. Nothing on the broker is changed. */
export async function traceMessage(settings: TraceSettings): Promise<DeliveryTrace> {
  const { routingKey, exchange, services, logger } = settings;
  const { options } = services[0] as RoutedService;
  const message = routedMessage(routingKey, options, exchange);
  const { matched, missed } = routesOf(message, services);
  const known = { routingKey, ...message, address: describeEndpoint(options.connection), notMatched: missed };
  const quick = { options: { ...options.connection, connectTimeoutSeconds }, name: "tomodachi trace", logger };
  const connection = new AmqpConnection({ ...quick, purpose: "consuming" });
  const publishing = new AmqpConnection({ ...quick, purpose: "publishing" });
  try {
    await Promise.all([connection.open(), publishing.open()]);
    const publish = await publishObstacles(publishing, message);
    const traced: TracedHandler[] = [];
    for (const one of matched) traced.push(await traceHandler(one, connection, settings.running));
    return { ...known, brokerUnseen: null, publish, matched: traced };
  } catch (error) {
    const traced = matched.map((one) => handlerOf(one, null, { obstacles: [], notes: [] }));
    return { ...known, brokerUnseen: textOfError(error), publish: [], matched: traced };
  } finally {
    await Promise.all([connection.close(), publishing.close()]);
  }
}

async function publishObstacles(publishing: AmqpConnection, { exchange }: RoutedMessage): Promise<readonly string[]> {
  const answer = await mayPublish(publishing, exchange);
  if (answer.kind === "blocked")
    return [
      `The broker has an alarm (${answer.reason}) and takes no publishes: they wait until memory or disk are free.`,
    ];
  if (!isRefusal(answer)) return [];
  const shown = exchange || "amq.default";
  if (answer.replyCode === 404)
    return [`The exchange "${shown}" does not exist: start a service that subscribes to it, or check exchangeName.`];
  if (answer.replyCode === 403)
    return [`This login may not publish to the exchange "${shown}": it needs the permission write (${answer.words}).`];
  return [];
}

async function traceHandler(
  matched: MatchedPlan,
  connection: AmqpConnection,
  running: RunningConsumers,
): Promise<TracedHandler> {
  const { plan, service } = matched;
  const { queueName, perInstance } = plan.queue;
  if (perInstance) {
    const note =
      "Each instance has a queue of its own, whose name is not known here: whether it exists and has a consumer was not seen.";
    return handlerOf(matched, null, { obstacles: [], notes: [note] });
  }
  const state = await inspectQueue(connection, queueName);
  if (!state) {
    const missing = `The queue does not exist: no instance of "${service}" has started on this broker and virtual host.`;
    return handlerOf(matched, null, { obstacles: [missing], notes: [] });
  }
  const { messageCount: messages, consumerCount: consumers } = state;
  const obstacles: string[] = [];
  const notes: string[] = [];
  const permitted = await mayConsume(connection, queueName);
  if (isRefusal(permitted) && permitted.replyCode === 403) {
    obstacles.push(`This login may not consume the queue: it needs the permission read (${permitted.words}).`);
  }
  if (consumers === 0)
    obstacles.push(
      `The queue has no consumer: no instance of "${service}" runs, or its consumer is closed. ${waiting(messages)}`,
    );
  const own = running.kind === "seen" ? running.consumers.filter(({ queue }) => queue === queueName) : [];
  const seen = own.flatMap((consumer) => obstacleOf(consumer, plan.runs.prefetch));
  obstacles.push(...seen);
  if (consumers > 0 && messages > 0 && seen.length === 0) {
    notes.push(
      `${waiting(messages)} The message comes after them; consumers that take nothing are paused, or at their prefetch (${plan.runs.prefetch}).`,
    );
  }
  if (running.kind === "unseen")
    notes.push(`Whether a consumer is paused or at its prefetch was not seen: ${running.why}.`);
  notes.push(
    "The binding itself was not seen, because AMQP cannot show it: `tomodachi doctor --management <url>` compares it.",
  );
  return handlerOf(matched, { messages, consumers }, { obstacles, notes });
}

function obstacleOf(
  { service, state, reason, paused, unacknowledged }: RunningConsumer,
  prefetch: number,
): readonly string[] {
  if (paused !== undefined)
    return [`The consumer in the running "${service}" is ${paused}: messages wait in the queue until it is resumed.`];
  if (reason !== undefined) return [`The consumer in the running "${service}" does not consume (${state}: ${reason}).`];
  if (unacknowledged < prefetch) return [];
  return [
    `The consumer in the running "${service}" is at its prefetch: ${unacknowledged} of ${prefetch} messages are in flight, so it gets no more until one ends. Handlers may hang; look at timeoutSeconds.`,
  ];
}

function waiting(messages: number): string {
  if (messages === 0) return "Nothing waits in it.";
  return `${messages} message${messages === 1 ? "" : "s"} wait${messages === 1 ? "s" : ""} in it.`;
}

function handlerOf(
  { service, plan, by }: MatchedPlan,
  state: TracedQueue | null,
  { obstacles, notes }: Pick<TracedHandler, "obstacles" | "notes">,
): TracedHandler {
  const { handler, queue } = plan;
  // Without the id of an instance, which is another one at each start.
  const name = queue.perInstance ? queue.queueName.replace(/\.[0-9a-f-]{36}$/, ".<instance>") : queue.queueName;
  return { service, handler: handler.name, queue: name, by, state, obstacles, notes };
}

function isRefusal(
  answer: Answer<unknown> | { readonly kind: "blocked" },
): answer is Extract<Answer<unknown>, { readonly kind: "refused" }> {
  return answer.kind === "refused";
}
