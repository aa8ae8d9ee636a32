/** The options of `tomodachi dlq`, as data, and what its usage says around them. */
import type { Option } from "./option.ts";

export const dlqOptions: Readonly<Record<string, Option>> = {
  queue: {
    type: "string",
    short: "q",
    of: ["dlq", "console", "record"],
    placeholder: "name",
    help: "A dead-letter queue, with or without .dlq; with services\nalso a pattern (orders*). May be repeated",
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
    help: "Only what was dead-lettered for this reason:\nhandler-error, timeout, rejected, unreadable, schema,\ndelivery-limit, or the broker's delivery_limit, expired,\nmaxlen",
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
  "newer-than": { type: "string", once: true, of: ["dlq"], placeholder: "age", help: "Only what failed more recently" },
  limit: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "number",
    help: "At most this many messages of each queue (show: 10)",
  },
  rate: {
    type: "string",
    once: true,
    of: ["dlq", "publish"],
    placeholder: "n/s",
    help: "replay, move, purge: at most this many per second",
  },
  connection: {
    type: "string",
    once: true,
    of: ["dlq", "topology", "publish", "tail", "record"],
    placeholder: "name",
    help: "Only this connection of the services\n(options.amqp.connections, or default)",
  },
  to: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "queue",
    help: "move: the target queue; import: this queue for all,\nnot the one that each message was in",
  },
  edit: {
    type: "boolean",
    of: ["dlq"],
    help: "replay: open the body of each message in $EDITOR first;\na message that is not changed stays",
  },
  output: {
    type: "string",
    short: "o",
    once: true,
    of: ["dlq", "record"],
    placeholder: "file",
    help: "export: a new file (default: standard output)",
  },
  "dry-run": {
    type: "boolean",
    of: ["dlq"],
    help: "replay, move, purge, import: show what would happen,\nbut change nothing",
  },
  yes: { type: "boolean", short: "y", of: ["dlq"], help: "purge: do not ask" },
  json: {
    type: "boolean",
    of: ["dlq", "schedule", "publish", "tail", "config", "describe", "doctor", "trace", "topology", "migrate"],
    help: "A line of JSON for each message, or for each queue",
  },
};

/** What `--broker` is here. */
export const dlqBroker: Option = {
  type: "string",
  variable: "TOMODACHI_AMQP_URL",
  placeholder: "url",
  help: "The broker, amqp://username:password@host:port/vhost\n(default: what the services say, or 127.0.0.1:5672)",
};

export const dlqUsageOpening: readonly string[] = [
  "Usage: tomodachi dlq list   <service>... | --queue <name>  what is in the dead-letter queues",
  "       tomodachi dlq show   ...  the messages, and why they failed",
  "       tomodachi dlq replay ...  back to the queue in which each failed",
  "       tomodachi dlq move   ...  to another queue (--to)",
  "       tomodachi dlq purge  ...  delete",
  "       tomodachi dlq export ...  as lines of JSON with the exact bytes; they stay in the queue",
  "       tomodachi dlq import <file>  lines of an export, back to their dead-letter queues",
  "",
  "Services are files and folders, as for `tomodachi run`: they are loaded, not started, and",
  "name the queues and the broker. Messages that do not match stay where they are, in order.",
];

export const dlqUsageEnd: readonly string[] = [
  "Exit code: 0 when all is done; 1 when a selected message stayed or failed; 2 for wrong usage.",
  "",
  "Examples:",
  "  tomodachi dlq list service/                                     what failed, and why",
  "  tomodachi dlq show service/ --queue orders-paid --limit 3       the first, with their cause",
  "  tomodachi dlq replay service/ --error ECONNREFUSED --rate 20/s  slowly, when it runs again",
  "  tomodachi dlq replay service/ --newer-than 2h --dry-run         what would be replayed",
  "  tomodachi dlq replay service/ --id 7f1c0a52 --edit              corrected by hand",
  "  tomodachi dlq export service/ -o dead.ndjson                    before a purge",
  "  tomodachi dlq move -q orders-paid --to by-hand                  by name, without the service",
  "  tomodachi dlq purge -q orders-paid --older-than 30d --yes       without being asked",
];
