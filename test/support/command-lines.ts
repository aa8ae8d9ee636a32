/** Lines of a shell that run `tomodachi`, as documents and helps show them. */

export interface CommandLine {
  /** The whole line, without what explains it. */
  readonly line: string;
  /** What follows `tomodachi`. */
  readonly words: readonly string[];
}

/** One for each time that `tomodachi` is run: a line may do so more than once. */
export function commandLinesIn(text: string): readonly CommandLine[] {
  const lines = text.replace(/\s*\\\n\s*/g, " ").split("\n");
  return lines.flatMap((raw) => {
    const line = withoutExplanation(raw.trim());
    const inner = Array.from(line.matchAll(/\$\(([^)]*)\)/g), ([, command = ""]) => command);
    return [line, ...inner].flatMap(runsIn).map((words) => ({ line, words }));
  });
}

/** `  tomodachi broker   what it does` in a help, `tomodachi broker   # what it does` in a guide. */
function withoutExplanation(line: string): string {
  return line.replace(/\s{2,}\S.*$|\s+#\s.*$/, "");
}

/** Quoted parts, what separates commands, white space, and the rest: enough of a shell for what is shown. */
const parts = /'([^']*)'|"((?:\\.|[^"\\])*)"|([|;&<>]+)|(\s+)|([^\s'"|;&<>]+)/g;

function runsIn(command: string): readonly (readonly string[])[] {
  const runs: string[][] = [];
  let run: string[] | undefined;
  let word: string | undefined;
  let mayBegin = true;
  const end = (): void => {
    if (word === undefined) return;
    if (run) run.push(word);
    else if (mayBegin && word === "tomodachi") {
      run = [];
      runs.push(run);
    } else mayBegin = mayBegin && (word === "npx" || /^[A-Z_]+=/.test(word));
    word = undefined;
  };
  for (const [, single, double, separator, space, rest] of command.matchAll(parts)) {
    if (separator === undefined && space === undefined) {
      word = (word ?? "") + (single ?? double?.replace(/\\(.)/g, "$1") ?? rest ?? "");
      continue;
    }
    end();
    if (separator !== undefined) [run, mayBegin] = [undefined, true];
  }
  end();
  return runs;
}
