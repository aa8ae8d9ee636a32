// The words that the project does not use: old, literary or unclear ones. `npm run words` refuses them in everything people read.

export interface RefusedWord {
  /** Case does not matter, and a space matches a line break too. */
  readonly refused: RegExp;
  /** What to write instead. */
  readonly write: string;
  /** A sentence that is refused. */
  readonly bad: string;
  /** The same sentence in plain words. */
  readonly good: string;
}

export const refusedWords: readonly RefusedWord[] = [
  {
    refused: /\btexts\b/,
    write: "strings",
    bad: "The option takes a list of texts.",
    good: "The option is a list of strings.",
  },
  {
    refused: /\b(?:bears?|borne)\b/,
    write: "handle, support or allow",
    bad: "A handler must bear failures.",
    good: "A handler must handle failures.",
  },
  {
    refused: /\bin vain\b/,
    write: "without success, or say what failed",
    bad: "It tried three hosts in vain.",
    good: "It tried three hosts, but all refused.",
  },
  {
    refused: /\bdesks?\b/,
    write: "the command, or what it is",
    bad: "The desk shows dead letters.",
    good: "The command shows dead letters.",
  },
  {
    refused: /\bpatience\b/,
    write: "timeout, limit or deadline",
    bad: "The patience of the client is over.",
    good: "The client's timeout has passed.",
  },
  {
    refused: /\b(?:guilty|culprits?)\b/,
    write: "the message that caused it",
    bad: "The guilty message runs alone.",
    good: "The message that caused it runs alone.",
  },
  {
    refused: /\bdeaf\b/,
    write: "stalled, unresponsive or closed",
    bad: "No consumer stays deaf.",
    good: "No consumer stays stalled.",
  },
  {
    refused: /\boutliv(?:es?|ed|ing)\b/,
    write: "last longer than, wait for",
    bad: "A start outlives its broker.",
    good: "A start waits for its broker.",
  },
  {
    refused: /\bat work\b/,
    write: "running, in flight",
    bad: "Two handlers are at work.",
    good: "Two handlers are running.",
  },
  {
    refused: /(?<!\bneither\b[^.]{0,80})\bnor\b/,
    write: "and not, or a second sentence",
    bad: "It needs no broker nor a network.",
    good: "It needs no broker and no network.",
  },
];
