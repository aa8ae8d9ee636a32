/** How a message gets from its queue to one handler: the binding, the queue, its consumer. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { inspectQueue } from "../amqp-client/topology.ts";
import { mayConsume } from "../doctor/harmless-questions.ts";
import type { Destinations } from "./broker-bindings.ts";
import type { MatchedPlan, RoutedMessage } from "./route-key.ts";
import type { RunningConsumer, RunningConsumers } from "./running-consumers.ts";
import type { TracedHandler, TracedQueue } from "./trace.ts";

/** What was read before the queues. */
export interface View {
  readonly connection: AmqpConnection;
  readonly running: RunningConsumers;
  readonly message: RoutedMessage;
  readonly destinations: Destinations;
}

export async function traceHandler(matched: MatchedPlan, view: View): Promise<TracedHandler> {
  const { connection, running } = view;
  const { plan, service } = matched;
  const { queueName, perInstance } = plan.queue;
  if (perInstance) {
    return handlerOf(matched, null, { obstacles: [], notes: [instancesNote(queueName, view)] });
  }
  const state = await inspectQueue(connection, queueName);
  if (!state) {
    const missing = `The queue does not exist: no instance of "${service}" has started on this broker and virtual host.`;
    return handlerOf(matched, null, { obstacles: [missing], notes: [] });
  }
  const { messageCount: messages, consumerCount: consumers } = state;
  const obstacles: string[] = missingBinding(matched, view);
  const notes: string[] = [];
  const permitted = await mayConsume(connection, queueName);
  if (permitted.kind === "refused" && permitted.replyCode === 403) {
    obstacles.push(
      `This login is not allowed to consume the queue: it needs the permission read (${permitted.words}).`,
    );
  }
  const own = running.kind === "seen" ? running.consumers.filter(({ queue }) => queue === queueName) : [];
  const seen = own.flatMap((consumer) => obstacleOf(consumer, plan.runs.prefetch));
  // The broker does not count a paused consumer.
  if (consumers === 0 && seen.length === 0)
    obstacles.push(
      `The queue has no consumer: no instance of "${service}" runs, or its consumer is closed. ${waiting(messages)}`,
    );
  obstacles.push(...seen);
  if (consumers > 0 && messages > 0 && seen.length === 0) {
    notes.push(
      `${waiting(messages)} The message comes after them. A consumer that gets no messages is paused, or at its prefetch (${plan.runs.prefetch}).`,
    );
  }
  if (running.kind === "unseen")
    notes.push(`It is unknown whether a consumer is paused or at its prefetch: ${running.why}.`);
  return handlerOf(matched, { messages, consumers }, { obstacles, notes });
}

/** The queues of instances that get the message from the broker. */
function instancesNote(queueName: string, { destinations }: View): string {
  if (destinations.kind === "unseen")
    return "Each instance has its own queue, whose name is not known here. So it is unknown whether the queue exists and has a consumer.";
  const bound = destinations.destinations.filter(({ name }) => sharedName(name) === sharedName(queueName));
  const queues = bound.length === 1 ? "1 queue is bound" : `${bound.length} queues are bound`;
  return `Each instance has its own queue, and ${queues} for this key.`;
}

function missingBinding({ plan: { queue }, service }: MatchedPlan, { destinations, message }: View): string[] {
  if (destinations.kind === "unseen") return [];
  const isBound = destinations.destinations.some(({ kind, name }) => kind === "queue" && name === queue.queueName);
  if (isBound) return [];
  return [
    `The broker has no binding from "${message.exchange}" to the queue that matches. The next start of "${service}" creates it, unless it has declare: false.`,
  ];
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
    `The consumer in the running "${service}" is at its prefetch: ${unacknowledged} of ${prefetch} messages are in flight, so it gets no more until one ends. Handlers may be stalled: look at timeoutSeconds.`,
  ];
}

function waiting(messages: number): string {
  if (messages === 0) return "No message waits in it.";
  return `${messages} message${messages === 1 ? "" : "s"} wait${messages === 1 ? "s" : ""} in it.`;
}

export function handlerOf(
  { service, plan, by }: MatchedPlan,
  state: TracedQueue | null,
  { obstacles, notes }: Pick<TracedHandler, "obstacles" | "notes">,
): TracedHandler {
  const { handler, queue } = plan;
  const name = queue.perInstance ? sharedName(queue.queueName) : queue.queueName;
  return { service, handler: handler.name, queue: name, by, state, obstacles, notes };
}

/** Without the id of an instance, which is another one at each start. */
export function sharedName(queueName: string): string {
  return queueName.replace(/\.[0-9a-f-]{36}$/, ".<instance>");
}
