/** The options of `tomodachi dlq`, as data, and what its usage says around them. */
import type { Option } from "./option.ts";

export const dlqOptions: Readonly<Record<string, Option>> = {
  queue: {
    type: "string",
    short: "q",
    of: ["dlq"],
    placeholder: "name",
    help: "A dead-letter queue, with or without .dlq; with services a\npattern (orders*) over their queues. May be repeated",
  },
  id: { type: "string", of: ["dlq"], placeholder: "id", help: "Only the message with this id. May be repeated" },
  error: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "class",
    help: "Only this class or code of error; * stands for any\ncharacters, ? for one: TypeError, ECONN*",
  },
  reason: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "reason",
    help: "Only what was dead-lettered for this: handler-error, timeout,\nrejected, unreadable, schema, delivery-limit, or the\nbroker's delivery_limit, expired, maxlen",
  },
  from: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "queue",
    help: "Only what failed in this queue, where several queues\nshare a dead-letter queue; * and ? as above",
  },
  "older-than": {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "age",
    help: "Only what failed longer ago: 90s, 5m, 2h, 1d",
  },
  "newer-than": { type: "string", once: true, of: ["dlq"], placeholder: "age", help: "Only what failed less long ago" },
  limit: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "number",
    help: "So many at most, of each queue (show: 10)",
  },
  rate: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "n/s",
    help: "replay, move, purge: so many in a second at most",
  },
  connection: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "name",
    help: "Only this connection of the services\n(options.amqp.connections, or default)",
  },
  to: { type: "string", once: true, of: ["dlq"], placeholder: "queue", help: "move: where to" },
  "dry-run": { type: "boolean", of: ["dlq"], help: "replay, move, purge: say what would happen, do nothing" },
  yes: { type: "boolean", short: "y", of: ["dlq"], help: "purge: do not ask" },
  json: { type: "boolean", of: ["dlq"], help: "A line of JSON for each message, or for each queue" },
};

/** What `--broker` is here. */
export const dlqBroker: Option = {
  type: "string",
  variable: "TOMODACHI_AMQP_URL",
  placeholder: "url",
  help: "The broker, amqp://username:password@host:port/vhost\n(default: what the services say, or 127.0.0.1:5672)",
};

export const dlqUsageOpening: readonly string[] = [
  "Usage: tomodachi dlq list   <service>... | --queue <name>  what stands in dead-letter queues",
  "       tomodachi dlq show   ...  the messages, and why they failed",
  "       tomodachi dlq replay ...  back to the queue in which each failed",
  "       tomodachi dlq move   ...  to another queue (--to)",
  "       tomodachi dlq purge  ...  delete",
  "",
  "Services are files and folders, as for `tomodachi run`: they are loaded, not started, and",
  "name the queues and the broker. What does not match stays where it is, in its order.",
];

export const dlqUsageEnd: readonly string[] = [
  "Exit code: 0 when all is done; 1 when something stayed that was meant, or failed; 2 for wrong usage.",
  "",
  "Examples:",
  "  tomodachi dlq list service/                                     what failed, and why",
  "  tomodachi dlq show service/ --queue orders-paid --limit 3       the first, with their cause",
  "  tomodachi dlq replay service/ --error ECONNREFUSED --rate 20/s  gently, when it is up again",
  "  tomodachi dlq replay service/ --newer-than 2h --dry-run         what would be replayed",
  "  tomodachi dlq move -q orders-paid --to by-hand                  by name, without the service",
  "  tomodachi dlq purge -q orders-paid --older-than 30d --yes       without being asked",
];
