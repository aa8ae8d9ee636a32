// The rules on code itself: process and console, export *, any, enum, switched-off checks, size.
import { type Rule, type SourceFile, type Violation, violation } from "./source-file.ts";
import { consoleUsers, isIn, maximumLines, processUsers } from "./table.ts";

interface Pattern {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly cure: string;
  readonly except?: readonly string[];
  /** Tests may do it too. */
  readonly notInTests?: boolean;
}

const patterns: readonly Pattern[] = [
  {
    rule: "process",
    pattern: /(?<![\w$.])(?:globalThis\s*\.\s*)?process\b(?!\s*(?:[:(]|\?\s*:))/g,
    cure: `only ${processUsers.join(", ")} look at the process; take the value as an option`,
    except: processUsers,
    notInTests: true,
  },
  {
    rule: "console",
    pattern: /(?<![\w$.])(?:globalThis\s*\.\s*)?console\b(?!\s*(?:[:(]|\?\s*:))/g,
    cure: "use the logger",
    except: consoleUsers,
    notInTests: true,
  },
  { rule: "export-all", pattern: /(?<![\w$.])export\s*(?:type\s*)?\*/g, cure: "name what is exported" },
  {
    rule: "any",
    // A type: after what introduces one, and not the name of a member or a parameter.
    pattern: /(?:[:<|&,([=]|=>|(?<![\w$.])(?:as|extends|is|keyof|readonly|satisfies))\s*any\b(?!\s*(?:[:(?.]|=>))/g,
    cure: "say what it is, or unknown",
  },
  { rule: "enum", pattern: /(?<![\w$.])enum\s+[A-Za-z_$]/g, cure: "use a union of literals" },
];

function checkPattern({ rule, pattern, cure, except = [], notInTests = false }: Pattern): Rule {
  return (file) => {
    if (isIn(file.path, except) || (notInTests && file.isTest)) return [];
    return [...file.scanned.code.matchAll(pattern)].map((match) =>
      violation(file, file.scanned.lineAt(match.index), rule, match[0].replace(/\s+/g, " ").trim(), cure),
    );
  };
}

/** Importing it is using it. */
function checkNodeProcess(file: SourceFile): readonly Violation[] {
  if (file.isTest || isIn(file.path, processUsers)) return [];
  return file.imports
    .filter(({ specifier }) => specifier === "node:process" || specifier === "process")
    .map(({ line, specifier }) =>
      violation(file, line, "process", `imports ${specifier}`, "take the value as an option"),
    );
}

function checkSwitchedOff(file: SourceFile): readonly Violation[] {
  return file.scanned.comments.flatMap(({ at, value }) => {
    const found = /@ts-(?:ignore|nocheck)\b/.exec(value);
    if (!found) return [];
    const line = file.scanned.lineAt(at + found.index);
    return [violation(file, line, "ts-ignore", found[0], "mend the type; @ts-expect-error where it must not compile")];
  });
}

function checkSize(file: SourceFile): readonly Violation[] {
  if (file.isTest || file.lineCount <= maximumLines) return [];
  const what = `${file.lineCount} lines`;
  return [violation(file, maximumLines + 1, "size", what, `at most ${maximumLines}: split it by idea`)];
}

export const codeRules: readonly Rule[] = [
  ...patterns.map(checkPattern),
  checkNodeProcess,
  checkSwitchedOff,
  checkSize,
];
