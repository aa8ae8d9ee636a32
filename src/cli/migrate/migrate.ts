/** `tomodachi migrate from-python`: prints which queues Python declared for a service, and what to write to take them over. */

import { AmqpConnection } from "../../amqp-client/connection.ts";
import { describeEndpoint } from "../../amqp-client/options.ts";
import { inspectQueue } from "../../amqp-client/topology.ts";
import type { Logger } from "../../log/logger.ts";
import { type PythonMove, type PythonSubscription, pythonMovesOf } from "../../transports/amqp/python-queues.ts";
import { formatDuration } from "../../util/duration.ts";
import { Progress } from "../common/progress.ts";
import { environmentFor } from "../common/run-surroundings.ts";
import { writeJson, writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import type { MigrateSettings } from "./migrate-arguments.ts";

/** Asks the broker about a queue; undefined if the queue does not exist. */
type Look = (queue: string) => ReturnType<typeof inspectQueue>;
type QueueState = NonNullable<Awaited<ReturnType<typeof inspectQueue>>>;

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runMigrate(settings: MigrateSettings): Promise<number | undefined> {
  const say = (line: string): void => writeLines([line]);
  return withServices(settings, async (services, logger) => {
    const { uuid, url } = settings;
    const environment = url === undefined ? process.env : environmentFor(url, process.env);
    const moves = services.flatMap((service) => pythonMovesOf(service, { environment, ...(uuid && { uuid }) }, logger));
    const documents: unknown[] = [];
    for (const move of moves) {
      const act = async (look?: Look): Promise<void> => {
        if (settings.json) documents.push(await documentOf(move, look));
        else await tell(move, say, look);
      };
      await (url === undefined ? act() : withBroker(move, logger, act));
    }
    if (settings.json) writeJson({ services: documents });
    else if (moves.some(({ subscriptions }) => subscriptions.length > 0)) say("");
    if (!settings.json) say("Steps 2 and 3 are those of docs/migrating-from-python.md.");
    return 0;
  });
}

async function withBroker(move: PythonMove, logger: Logger, act: (look: Look) => Promise<void>): Promise<void> {
  const { connection: options } = move;
  const settings = { options, name: "tomodachi migrate", purpose: "consuming", logger, firstConnect: "once" } as const;
  const connection = new AmqpConnection(settings);
  try {
    await new Progress(process.stderr).during(`Connecting to ${describeEndpoint(options)} ...`, connection.open());
    await act((queue) => inspectQueue(connection, queue));
  } finally {
    await connection.close();
  }
}

/** The same as the text, for programs. `broker` is absent if no broker was asked, and null if the queue does not exist. */
async function documentOf(
  { service, connectionName, topology, subscriptions }: PythonMove,
  look?: Look,
): Promise<unknown> {
  const told: unknown[] = [];
  for (const subscription of subscriptions) {
    const queues: unknown[] = [];
    for (const queue of subscription.queues) {
      queues.push({ ...queue, ...(look && { broker: (await look(queue.name)) ?? null }) });
    }
    told.push({ ...subscription, queues });
  }
  return { service, connection: connectionName ?? null, topology, subscriptions: told };
}

async function tell(move: PythonMove, say: (line: string) => void, look?: Look): Promise<void> {
  const by = move.connectionName === undefined ? "" : `, connection "${move.connectionName}"`;
  say(
    `${move.service}${by}: ${count(move.subscriptions.length, "subscription")}, written for the ${move.topology} profile`,
  );
  for (const subscription of move.subscriptions) await tellOne(subscription, say, look);
}

async function tellOne(subscription: PythonSubscription, say: (line: string) => void, look?: Look): Promise<void> {
  const { label, exchangeName, keys, queues, expiresMs } = subscription;
  say("");
  say(label);
  for (const { bound } of keys) say(`  Python binds its queue to the exchange "${exchangeName}" by "${bound}".`);
  say(
    `  It declares the queue durable, ${expiresMs > 0 ? `with x-expires ${expiresMs} and no other argument` : "with no argument"}.`,
  );
  let there = 0;
  for (const { subscription: python, name, shared, moved } of queues) {
    const found = await look?.(name);
    if (found !== undefined) there++;
    say("");
    say(`  Python: ${python}`);
    say(`    queue      ${name}`);
    if (look) say(`    broker     ${found ? stateText(found) : "there is no such queue"}`);
    if (look && found === undefined) continue;
    say(`    step 2     { ${shared} }, topology: "python"`);
    say(`    step 3     { ${moved} }, topology: "reliable"`);
    for (const { bound } of keys) say(`    unbound    by the start of step 3, from "${exchangeName}" by "${bound}"`);
    say(`    stays      ${name}.dlq; and the queue itself, ${endOf(expiresMs)}`);
  }
  say("");
  for (const line of hints(subscription, there, look !== undefined)) say(`  ${line}`);
}

function hints(
  { unknownUuid, queues, queueName, previousQueueNames }: PythonSubscription,
  there: number,
  looked: boolean,
): string[] {
  const lines: string[] = [];
  if (unknownUuid) {
    lines.push(
      "A default subscription (without competing=True and queue_name) has another queue for each uuid. If the Python class sets uuid, run this command again with --uuid. If it does not, the name of the queue is random. Then find it by its routing key in the output of `rabbitmqctl list_bindings`, and write { queueName: <name> } in step 2 and { previousQueueNames: [<name>] } in step 3.",
    );
  }
  if (looked && queues.length > 0 && there === 0) {
    lines.push(
      "None of these queues is on the broker. Either Python used another broker or virtual host, or a name differs: a prefix, the exchange, the key, the function or the uuid.",
    );
  }
  if (there > 1) {
    lines.push(
      "More than one of these queues is on the broker, and each gets every message. Write all that are bound into `previousQueueNames`.",
    );
  }
  const named = queues.filter(({ name }) => previousQueueNames.includes(name));
  if (named.length > 0)
    lines.push(`previousQueueNames of this service already has: ${named.map(({ name }) => name).join(", ")}.`);
  lines.push(`As the service is written now, its own queue is ${queueName}.`);
  return lines;
}

/** Python names a time after which RabbitMQ deletes a queue without consumers, or none. */
function endOf(expiresMs: number): string {
  return expiresMs > 0
    ? `which RabbitMQ deletes when it has had no consumer for ${formatDuration(expiresMs)} (x-expires)`
    : "which you delete when it is empty";
}

function stateText({ messageCount, consumerCount }: QueueState): string {
  return `${count(messageCount, "message")}, ${count(consumerCount, "consumer")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
