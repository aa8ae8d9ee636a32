/** Whether a binding matches a routing key, and if not, why, in words: RabbitMQ's rules for each type of exchange. */
import { topicMatches } from "../transports/amqp/names/topic-pattern.ts";

export interface KeyMatch {
  /** Undefined where it depends on headers. */
  readonly matches: boolean | undefined;
  /** A clause for people. */
  readonly why: string;
}

export function matchKey(type: string, pattern: string, key: string): KeyMatch {
  switch (type) {
    case "topic":
      return topicMatches(pattern, key)
        ? { matches: true, why: `"${pattern}" matches` }
        : { matches: false, why: topicMismatch(pattern, key) };
    case "direct":
      return pattern === key
        ? { matches: true, why: "the key is equal" }
        : {
            matches: false,
            why: `a direct exchange needs exactly "${pattern}": * and # are ordinary characters there`,
          };
    case "fanout":
      return { matches: true, why: "a fanout exchange gives every message to every queue" };
    default:
      return { matches: undefined, why: `a ${type} exchange does not use the routing key` };
  }
}

/** The first thing that is wrong, from left to right. */
function topicMismatch(pattern: string, key: string): string {
  const wanted = pattern.split(".");
  const words = key.split(".");
  if (!wanted.includes("#") && wanted.length !== words.length) {
    return `"${pattern}" needs ${counted(wanted.length)}, and the key has ${words.length} (* matches one word, # any number)`;
  }
  if (wanted.filter((word) => word !== "#").length > words.length) {
    return `"${pattern}" needs at least ${counted(wanted.filter((word) => word !== "#").length)}, and the key has ${words.length}`;
  }
  for (const [at, word] of wanted.entries()) {
    if (word === "#") break;
    if (word !== "*" && word !== words[at]) {
      const but = words[at] === undefined ? "the key ends before it" : `the key has "${words[at]}"`;
      const caseOnly = words[at]?.toLowerCase() === word.toLowerCase() ? ": upper and lower case count" : "";
      return `word ${at + 1} of "${pattern}" is "${word}", and ${but}${caseOnly}`;
    }
  }
  return `what follows # in "${pattern}" is not at the end of the key`;
}

function counted(words: number): string {
  return `${words} word${words === 1 ? "" : "s"}`;
}
