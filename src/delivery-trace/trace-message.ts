/** Follows one message from its publish to the handlers, by what services declare and by what broker and processes say. */
import { AmqpConnection } from "../amqp-client/connection.ts";
import { describeEndpoint } from "../amqp-client/options.ts";
import { mayPublish } from "../doctor/harmless-questions.ts";
import { openManagement } from "../doctor/open-management.ts";
import { messageOf as textOfError } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { closest } from "../util/closest.ts";
import { type Destinations, destinationsOf } from "./broker-bindings.ts";
import { meantKeyOf, type RoutedMessage, type RoutedService, routedMessage, routesOf } from "./route-key.ts";
import type { RunningConsumers } from "./running-consumers.ts";
import type { DeliveryTrace, TracedHandler } from "./trace.ts";
import { handlerOf, sharedName, traceHandler } from "./trace-handler.ts";

export interface TraceSettings {
  readonly routingKey: string;
  /** Undefined for the exchange that the first service publishes to. */
  readonly exchange: string | undefined;
  /** Services with one broker and virtual host; at least one. */
  readonly services: readonly RoutedService[];
  readonly running: RunningConsumers;
  /** The URL of the management API, or "none"; undefined: RabbitMQ's own port, where the broker is on this machine. */
  readonly management: string | undefined;
  readonly logger: Logger;
}

/** Never rejects: what cannot be seen is said. Nothing on the broker is changed. */
export async function traceMessage(settings: TraceSettings): Promise<DeliveryTrace> {
  const { routingKey, exchange, services, logger } = settings;
  const { options } = services[0] as RoutedService;
  const message = routedMessage(routingKey, options, exchange);
  const { matched, missed } = routesOf(message, services);
  const meant = matched.length === 0 ? meantKeyOf(routingKey, message, services) : undefined;
  const address = describeEndpoint(options.connection);
  const known = { routingKey, ...message, address, notMatched: missed, similarKey: meant ?? null };
  const quick = { options: options.connection, name: "tomodachi trace", logger, firstConnect: "once" as const };
  const connection = new AmqpConnection({ ...quick, purpose: "consuming" });
  const publishing = new AmqpConnection({ ...quick, purpose: "publishing" });
  try {
    await Promise.all([connection.open(), publishing.open()]);
    const publish = await publishObstacles(publishing, message, services);
    const destinations = await seenDestinations(connection, message, settings);
    const traced: TracedHandler[] = [];
    for (const one of matched) {
      traced.push(await traceHandler(one, { connection, running: settings.running, message, destinations }));
    }
    return { ...known, brokerUnseen: null, publish, matched: traced, ...othersIn(destinations, traced) };
  } catch (error) {
    const traced = matched.map((one) => handlerOf(one, null, { obstacles: [], notes: [] }));
    const brokerUnseen = textOfError(error);
    return { ...known, brokerUnseen, publish: [], matched: traced, others: null, bindingsUnseen: brokerUnseen };
  } finally {
    await Promise.all([connection.close(), publishing.close()]);
  }
}

async function seenDestinations(
  connection: AmqpConnection,
  message: RoutedMessage,
  { services: [first], management: given }: TraceSettings,
): Promise<Destinations> {
  if (!first) return { kind: "unseen", why: "no service says where the broker is" };
  const { connection: options } = first.options;
  const { management, why = "AMQP cannot show them. Give --management <url> to compare them too" } =
    await openManagement(connection, options, given);
  return management ? destinationsOf(message, management, options.vhost) : { kind: "unseen", why };
}

/** Without the queues of handlers that match. */
function othersIn(
  destinations: Destinations,
  matched: readonly TracedHandler[],
): Pick<DeliveryTrace, "others" | "bindingsUnseen"> {
  if (destinations.kind === "unseen") return { others: null, bindingsUnseen: destinations.why };
  const own = new Set(matched.map(({ queue }) => queue));
  const others = destinations.destinations.filter(({ kind, name }) => kind !== "queue" || !own.has(sharedName(name)));
  return { others, bindingsUnseen: null };
}

async function publishObstacles(
  publishing: AmqpConnection,
  { exchange }: RoutedMessage,
  services: readonly RoutedService[],
): Promise<readonly string[]> {
  const answer = await mayPublish(publishing, exchange);
  if (answer.kind === "blocked")
    return [
      `The broker has an alarm (${answer.reason}) and accepts no publishes: they wait until memory or disk is free.`,
    ];
  if (answer.kind === "done") return [];
  const shown = exchange || "amq.default";
  if (answer.replyCode === 404) {
    const names = services.flatMap(({ plans }) => plans.map(({ bindings }) => bindings.exchangeName));
    const meant = closest(
      shown,
      names.filter((name) => name !== exchange),
    );
    const cure = meant === undefined ? "" : ` Did you mean "${meant}"?`;
    return [
      `The exchange "${shown}" does not exist: start a service that subscribes to it, or check exchangeName.${cure}`,
    ];
  }
  if (answer.replyCode === 403)
    return [
      `This login is not allowed to publish to the exchange "${shown}": it needs the permission write (${answer.words}).`,
    ];
  return [];
}
