/** The options of `tomodachi dlq`, and the text around them in its help. */
import type { Option } from "./option.ts";

export const dlqOptions: Readonly<Record<string, Option>> = {
  queue: {
    type: "string",
    short: "q",
    of: ["dlq", "console", "record"],
    placeholder: "name",
    help: "A dead-letter queue, with or without .dlq; with services\nalso a pattern (orders*). May be repeated",
  },
  id: {
    type: "string",
    of: ["dlq"],
    placeholder: "id",
    help: "Only the message with this id. Its beginning is enough: at\nleast 8 characters that no other id has. May be repeated",
  },
  error: {
    type: "string",
    once: true,
    of: ["dlq"],
    placeholder: "class",
    help: "Only errors of this class or code; * stands for any\ncharacters, ? for one: TypeError, ECONN*",
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
