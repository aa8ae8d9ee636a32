// Every way in which one file can name another: import, export from, import(), import types, declare module.
import type { ScannedSource } from "./scan-source.ts";

export interface Import {
  /** As written. */
  readonly specifier: string;
  readonly line: number;
  /** Vanishes when compiled. */
  readonly typeOnly: boolean;
  /** Counted as a dependency, though nothing is imported: `declare module "../x.ts"`. */
  readonly augmentation: boolean;
}

const forms = [
  // The specifier comes last in each, and its opening quote is the end of the match.
  { pattern: /(?<![\w$.])(?:import|export)\b(?<names>[\w$\s{},*]*?)\bfrom\s*["']/g, augmentation: false },
  { pattern: /(?<![\w$.])import\s*["']/g, augmentation: false },
  { pattern: /(?<![\w$.])import\s*\(\s*["'`]/g, augmentation: false },
  { pattern: /(?<![\w$.])require\s*\(\s*["'`]/g, augmentation: false },
  { pattern: /(?<![\w$.])declare\s+module\s*["']/g, augmentation: true },
] as const;

export function findImports(source: ScannedSource): readonly Import[] {
  const strings = new Map(source.strings.map(({ at, value }) => [at, value]));
  return forms
    .flatMap(({ pattern, augmentation }) =>
      [...source.code.matchAll(pattern)].flatMap((match) => {
        const specifier = strings.get(match.index + match[0].length - 1);
        if (specifier === undefined) return [];
        const typeOnly = augmentation || isTypeOnly(match.groups);
        return [{ specifier, line: source.lineAt(match.index), typeOnly, augmentation }];
      }),
    )
    .sort((a, b) => a.line - b.line);
}

/** `type X`, `{ type A, type B }`, but not `{ type A, B }`, and not a default import that is called type. */
function isTypeOnly({ names }: Readonly<Record<string, string>> = {}): boolean {
  if (names === undefined) return false;
  if (/^\s*type\b(?!\s*$)(?!\s*,)/.test(names)) return true;
  const [, inBraces = ""] = /^\s*\{([^}]*)\}\s*$/.exec(names) ?? [];
  const listed = inBraces.split(",").filter((name) => name.trim() !== "");
  return listed.length > 0 && listed.every((name) => /^\s*type\s+\S/.test(name));
}
