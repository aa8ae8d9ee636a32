/** `tomodachi migrate from-python`: prints which queues Python made for a service, and what to write to take them over. */
import { AmqpConnection } from "../../amqp-client/connection.ts";
import { inspectQueue } from "../../amqp-client/topology.ts";
import type { Logger } from "../../log/logger.ts";
import { type PythonMove, type PythonSubscription, pythonMovesOf } from "../../transports/amqp/python-queues.ts";
import { printable } from "../../util/printable.ts";
import { environmentFor } from "../common/run-surroundings.ts";
import { withServices } from "../loading/with-services.ts";
import type { MigrateSettings } from "./migrate-arguments.ts";

const connectTimeoutSeconds = 5;

/** What the broker says of a queue: words for people. */
type Look = (queue: string) => Promise<string | undefined>;

/** Gives the exit code; undefined when another copy of the package took over the process. */
export function runMigrate(settings: MigrateSettings): Promise<number | undefined> {
  const say = (line: string): void => void process.stdout.write(`${printable(line)}\n`);
  return withServices(settings, async (services, logger) => {
    const { uuid, url } = settings;
    const environment = url === undefined ? process.env : environmentFor(url, process.env);
    const moves = services.flatMap((service) => pythonMovesOf(service, { environment, ...(uuid && { uuid }) }, logger));
    for (const move of moves) await (url === undefined ? tell(move, say) : tellWithBroker(move, say, logger));
    return 0;
  });
}

async function tellWithBroker(move: PythonMove, say: (line: string) => void, logger: Logger): Promise<void> {
  const options = { ...move.connection, connectTimeoutSeconds };
  const connection = new AmqpConnection({ options, name: "tomodachi migrate", logger, purpose: "consuming" });
  try {
    await connection.open();
    await tell(move, say, async (queue) => {
      const state = await inspectQueue(connection, queue);
      return state && `${count(state.messageCount, "message")}, ${count(state.consumerCount, "consumer")}`;
    });
  } finally {
    await connection.close();
  }
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
    if (look) say(`    broker     ${found ?? "there is no such queue"}`);
    if (look && found === undefined) continue;
    say(`    step 2     { ${shared} }, topology: "python"`);
    say(`    step 3     { ${moved} }, topology: "reliable"`);
    for (const { bound } of keys) say(`    unbound    by the start of step 3, from "${exchangeName}" by "${bound}"`);
    say(`    stays      ${name}.dlq, and the queue itself until its x-expires has passed without a consumer`);
  }
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
      "A default subscription (without competing=True and queue_name) has another queue for each uuid. Where the Python class sets",
      "uuid, run this again with --uuid. Where it does not, the name is random: `rabbitmqctl list_bindings` shows it by the routing",
      "key; take it over with { queueName: <name> } in step 2 and { previousQueueNames: [<name>] } in step 3.",
    );
  }
  if (looked && queues.length > 0 && there === 0) {
    lines.push(
      "None of these queues is on the broker: a prefix, the exchange, the key, the function's name or the uuid differs.",
    );
  }
  if (there > 1) {
    lines.push(
      "More than one is on the broker, and each gets every message. Write all that are bound into `previousQueueNames`.",
    );
  }
  const named = queues.filter(({ name }) => previousQueueNames.includes(name));
  if (named.length > 0) lines.push(`This service names already: ${named.map(({ name }) => name).join(", ")}.`);
  lines.push(`As it is written now, its queue is ${queueName}.`);
  return ["", ...lines];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
