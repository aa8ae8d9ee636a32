// Splits TypeScript source into code, strings and comments, so that a rule on code never matches a string or a comment.

export interface Piece {
  readonly at: number;
  readonly value: string;
}

export interface ScannedSource {
  /** The source with every comment, and the inside of every string and pattern, blanked out: same length, same lines. */
  readonly code: string;
  /** Strings in quotes, by the position of their opening quote. */
  readonly strings: readonly Piece[];
  /** The parts of template strings around their `${}`, by the position of their first character. */
  readonly templates: readonly Piece[];
  readonly comments: readonly Piece[];
  /** The line, from 1, of a position. */
  lineAt(position: number): number;
}

// After one of these words, or after an operator, a slash opens a pattern; after a value it divides.
const wordsBeforePattern =
  /(?:^|[^\w$.])(?:return|typeof|case|do|else|in|instanceof|new|void|delete|throw|await|yield|of)$/;
const endOfValue = /[\w$)\]}"'`]$/;

export function scanSource(source: string): ScannedSource {
  return new Scanner(source).scan();
}

class Scanner {
  readonly #source: string;
  readonly #strings: Piece[] = [];
  readonly #templates: Piece[] = [];
  readonly #comments: Piece[] = [];
  #code = "";

  constructor(source: string) {
    this.#source = source;
  }

  scan(): ScannedSource {
    while (this.#at < this.#source.length) this.#step();
    const lineStarts = [0, ...[...this.#source.matchAll(/\n/g)].map((match) => match.index + 1)];
    return {
      code: this.#code,
      strings: this.#strings,
      templates: this.#templates,
      comments: this.#comments,
      lineAt: (position) => lineStarts.filter((start) => start <= position).length,
    };
  }

  /** Code is written for every character read, so its length is the position. */
  get #at(): number {
    return this.#code.length;
  }

  #step(): void {
    const source = this.#source;
    const here = source[this.#at] ?? "";
    if (source.startsWith("//", this.#at)) this.#comment(this.#indexOf("\n"));
    else if (source.startsWith("/*", this.#at)) this.#comment(this.#indexOf("*/", 2) + 2);
    else if (here === '"' || here === "'") this.#string(here);
    else if (here === "`") this.#template();
    else if (here === "/" && this.#opensPattern()) this.#pattern();
    else this.#code += here;
  }

  #indexOf(what: string, skip = 0): number {
    const index = this.#source.indexOf(what, this.#at + skip);
    return index < 0 ? this.#source.length : index;
  }

  #blankTo(end: number): void {
    this.#code += this.#source.slice(this.#at, end).replace(/[^\n]/g, " ");
  }

  #comment(end: number): void {
    this.#comments.push({ at: this.#at, value: this.#source.slice(this.#at, end) });
    this.#blankTo(end);
  }

  #string(quote: string): void {
    const at = this.#at;
    const end = this.#endOf(at + 1, (character) => character === quote || character === "\n");
    this.#strings.push({ at, value: this.#source.slice(at + 1, end) });
    this.#code += quote;
    this.#blankTo(end);
    this.#code += this.#source[end] ?? "";
  }

  /** What is in `${}` is code again. */
  #template(): void {
    this.#code += "`";
    while (this.#at < this.#source.length) {
      const at = this.#at;
      const end = this.#endOf(at, (character, i) => character === "`" || this.#source.startsWith("${", i));
      this.#templates.push({ at, value: this.#source.slice(at, end) });
      this.#blankTo(end);
      if (this.#source[this.#at] !== "$") break;
      this.#code += "${";
      let depth = 1;
      while (this.#at < this.#source.length) {
        const here = this.#source[this.#at];
        if (here === "{") depth++;
        if (here === "}" && --depth === 0) break;
        this.#step();
      }
      this.#code += this.#source[this.#at] ?? "";
    }
    this.#code += this.#source[this.#at] ?? "";
  }

  #opensPattern(): boolean {
    const before = this.#code.trimEnd().slice(-20);
    return before === "" || !endOfValue.test(before) || wordsBeforePattern.test(before);
  }

  #pattern(): void {
    let inClass = false;
    const end = this.#endOf(this.#at + 1, (character) => {
      if (character === "[") inClass = true;
      if (character === "]") inClass = false;
      return (character === "/" && !inClass) || character === "\n";
    });
    this.#code += "/";
    this.#blankTo(end);
    this.#code += this.#source[end] ?? "";
  }

  /** The first position from here on whose character ends what was begun, escaped ones left out. */
  #endOf(from: number, ends: (character: string, position: number) => boolean): number {
    for (let i = from; i < this.#source.length; i++) {
      const character = this.#source[i] ?? "";
      if (character === "\\") i++;
      else if (ends(character, i)) return i;
    }
    return this.#source.length;
  }
}
