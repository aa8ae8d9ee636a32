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
    refused: /\bin vain\b/,
    write: "without success, or say what failed",
    bad: "It tried three hosts in vain.",
    good: "It tried three hosts, but all refused.",
  },
  {
    refused: /\bpatience\b/,
    write: "timeout, limit or deadline",
    bad: "The patience of the client is over.",
    good: "The client's timeout has passed.",
  },
];
