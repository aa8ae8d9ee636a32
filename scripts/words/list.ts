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
    refused: /\bfor ever\b/,
    write: "forever, or until it succeeds",
    bad: "A lost connection is tried again for ever.",
    good: "A lost connection is opened again until that succeeds.",
  },
  {
    refused: /\banew\b/,
    write: "again",
    bad: "The channel is opened anew.",
    good: "The channel is opened again.",
  },
  {
    refused: /\bput(?:s|ting)?(?: \w+){0,3} aside\b/,
    write: "dead-letter",
    bad: "A message that fails is put aside.",
    good: "A failed message is dead-lettered.",
  },
  {
    refused: /(?<!\b(?:there|current) )\b(?:is|are|was|were) none\b/,
    write: "is not, does not belong to, has no",
    bad: "A reply is none of the messages that wait.",
    good: "A reply does not belong to the waiting messages.",
  },
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
    refused: /\bmend(?:s|ed|ing)?\b/,
    write: "fix",
    bad: "Mend the schema.",
    good: "Fix the schema.",
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
    refused: /\bcures?\b/,
    write: "what to do, or how to fix it",
    bad: "An error names the cure.",
    good: "An error says how to fix it.",
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
    refused: /\bwhoever\b/,
    write: "the caller, the sender, every client that",
    bad: "Whoever calls it waits.",
    good: "The caller waits.",
  },
  {
    refused: /\bnobody\b/,
    write: "no caller, no consumer, nothing",
    bad: "A reply that nobody waits for is dropped.",
    good: "A reply that no caller waits for is dropped.",
  },
  {
    refused: /\bsomebody\b/,
    write: "the user, an operator, a client",
    bad: "Somebody deleted the queue.",
    good: "An operator deleted the queue.",
  },
  {
    refused: /(?<!\bneither\b[^.]{0,80})\bnor\b/,
    write: "and not, or a second sentence",
    bad: "It needs no broker nor a network.",
    good: "It needs no broker and no network.",
  },
  {
    refused: /, and not\b/,
    write: ", not",
    bad: "The message goes to the queue, and not to the exchange.",
    good: "The message goes to the queue, not to the exchange.",
  },
  {
    refused:
      /\b(?:takes?|took|knows?|knew|needs?|finds?|found|sees?|saw|comes?|came|goes|went|gives?|gave|says?|said|makes?|holds?|held|counts?|waits?) not\b/,
    write: "does not",
    bad: "The broker knows not the queue.",
    good: "The broker does not know the queue.",
  },
  {
    refused: /\bstands? (?:in|on|at|there|under|beside|behind|before|alone|between|where|with|above|below)\b/,
    write: "is, exists, is written",
    bad: "The error stands in the header.",
    good: "The error is in the header.",
  },
];
