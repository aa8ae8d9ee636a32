/** The help of `tomodachi dlq`, and of each of its actions. */
import { brokerToAsk } from "./broker-option.ts";
import type { CommandHelp } from "./command-help.ts";
import { type DlqActionName, dlqActions, takesOption } from "./dlq-actions.ts";
import { dlqOptions } from "./dlq-options.ts";

const services: readonly string[] = [
  "Services are files and folders, as for `tomodachi run`: they are loaded, not started, and",
  "name the queues and the broker. Messages that do not match stay where they are, in order.",
];

const usageOpening: readonly string[] = [
  "Usage: tomodachi dlq list   <service>... | --queue <name>  what is in the dead-letter queues",
  "       tomodachi dlq show   ...  the messages, and why they failed",
  "       tomodachi dlq replay ...  back to the queue in which each failed",
  "       tomodachi dlq move   ...  to another queue (--to)",
  "       tomodachi dlq purge  ...  delete",
  "       tomodachi dlq export ...  as lines of JSON with the exact bytes; they stay in the queue",
  "       tomodachi dlq import <file>  lines of an export, back to their dead-letter queues",
  "",
  ...services,
  "`tomodachi dlq <action> --help` lists the options of one action.",
];

/** The description of one action in its own help. */
const says: Readonly<Record<DlqActionName, string>> = {
  list: "Shows how many messages are in the dead-letter queues, by cause. It changes nothing.",
  show: "Shows dead letters, and why each failed. It changes nothing.",
  replay: "Puts each dead letter back into the queue in which it failed.",
  move: "Moves dead letters to another queue.",
  purge: "Deletes dead letters. Without --yes it asks first.",
  export: "Writes dead letters as lines of JSON with their exact bytes. They stay in the queue.",
  import: "Puts the lines of an export back into their dead-letter queues. - is standard input.",
};

/** For options that several actions have: their meaning for one action. */
const ownWords: Readonly<Record<string, (action: DlqActionName) => string>> = {
  limit: (action) => `At most this many messages of each queue${action === "show" ? " (default: 10)" : ""}`,
  rate: () => "At most this many per second",
  to: (action) => (action === "move" ? "The target queue" : "This queue for all, not the one that each message was in"),
  edit: () => "Open the body of each message in $EDITOR first; a message\nthat is not changed stays",
  output: () => "A new file (default: standard output)",
  "dry-run": () => "Show what would happen, but change nothing",
  yes: () => "Do not ask",
  json: (action) => `A line of JSON for each ${{ show: "message", import: "file" }[action as string] ?? "queue"}`,
};

const exitCodes = "Exit code: 0 when all is done; 1 when a selected message stayed or failed; 2 for wrong usage.";

const examples: readonly string[] = [
  "  tomodachi dlq list service/                                     what failed, and why",
  "  tomodachi dlq show service/ --queue orders-paid --limit 3       the first, with their cause",
  "  tomodachi dlq replay service/ --error ECONNREFUSED --rate 20/s  slowly, when it runs again",
  "  tomodachi dlq replay service/ --newer-than 2h --dry-run         what would be replayed",
  "  tomodachi dlq replay service/ --id 7f1c0a52 --edit              corrected by hand",
  "  tomodachi dlq export service/ -o dead.ndjson                    before a purge",
  "  tomodachi dlq move -q orders-paid --to by-hand                  by name, without the service",
  "  tomodachi dlq purge -q orders-paid --older-than 30d --yes       without being asked",
  "  tomodachi dlq import dead.ndjson --dry-run                      what an import would write",
];

export const dlqHelp: CommandHelp = {
  options: { ...dlqOptions, broker: brokerToAsk },
  usageOpening,
  usageEnd: [exitCodes, "", "Examples:", ...examples],
};

/** The help of one action, with its options; undefined if there is no such action. */
export function dlqActionHelp(word: string): CommandHelp | undefined {
  const action = dlqActions.find((name) => name === word);
  if (action === undefined) return undefined;
  const about =
    action === "import" ? "<file>" : `<service>... | --queue <name>${action === "move" ? " --to <queue>" : ""}`;
  const taken = Object.entries(dlqHelp.options)
    .filter(([name]) => takesOption(action, name))
    .map(([name, option]) => {
      const help = ownWords[name]?.(action);
      return [name, help === undefined ? option : { ...option, help }] as const;
    });
  return {
    options: Object.fromEntries(taken),
    usageOpening: [
      `Usage: tomodachi dlq ${action} ${about} [options]`,
      "",
      says[action],
      ...(action === "import" ? [] : ["", ...services]),
    ],
    usageEnd: [exitCodes, "", "Examples:", ...examples.filter((line) => line.includes(`dlq ${action} `))],
  };
}
