// How much one file may know: how many files it imports, and how many members the settings have that parts hand to each other.
import { type SourceFile, target, type Violation, violation } from "./source-file.ts";
import { isInnerSettings, maximumImports, maximumMembers } from "./table.ts";

/** Files that import too many others, type-only imports included. A face lists what others define, so it is left out. */
export function findWideFiles(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => {
    if (file.isTest || file.path.endsWith("index.ts")) return [];
    const imported = new Set(file.imports.flatMap((one) => target(file, one) ?? []));
    if (imported.size <= maximumImports) return [];
    const cure = `at most ${maximumImports}: split the file by idea, so that each part needs fewer`;
    return [violation(file, 1, "imports", `imports ${imported.size} files`, cure)];
  });
}

interface Declared {
  readonly name: string;
  readonly file: SourceFile;
  readonly line: number;
  /** What it extends, as written. */
  readonly parents: string;
  readonly own: number;
}

/** Settings that are handed from part to part and have too many members, inherited ones included. */
export function findWideSettings(files: readonly SourceFile[]): readonly Violation[] {
  const declared = files.filter(({ isTest }) => !isTest).flatMap(interfacesOf);
  return declared.flatMap((one) => {
    if (!isInnerSettings(one.name)) return [];
    const members = membersOf(one, declared);
    if (members <= maximumMembers) return [];
    const cure = `at most ${maximumMembers}: group members into named parts, and hand on the part that is needed`;
    return [violation(one.file, one.line, "members", `${one.name} has ${members} members`, cure)];
  });
}

function membersOf({ own, parents, file }: Declared, all: readonly Declared[]): number {
  return own + split(parents, ",").reduce((sum, parent) => sum + membersOfParent(parent, file, all), 0);
}

/** Of a name, or of one in Pick or Omit. An unknown name has none. */
function membersOfParent(text: string, file: SourceFile, all: readonly Declared[]): number {
  const [, wrapper, , name = ""] = /^\s*(?:(Pick|Omit|Partial)(<)\s*)?(\w+)/.exec(text) ?? [];
  const found = all.filter((one) => one.name === name);
  const parent = found.find((one) => one.file === file) ?? found[0];
  if (!parent) return 0;
  const listed = split(text, "|").length;
  if (wrapper === "Pick") return listed;
  return membersOf(parent, all) - (wrapper === "Omit" ? listed : 0);
}

function interfacesOf(file: SourceFile): readonly Declared[] {
  const { code } = file.scanned;
  return [...code.matchAll(/\binterface\s+(\w+)/g)].flatMap((match) => {
    const [, name = ""] = match;
    const open = bodyAfter(code, match.index + match[0].length);
    const head = code.slice(match.index + match[0].length, open);
    const body = code.slice(open + 1, closing(code, open));
    const [, parents = ""] = /\bextends\b([\s\S]*)$/.exec(withoutParameters(head)) ?? [];
    return [{ name, file, line: file.scanned.lineAt(match.index), parents, own: split(body, ";").length }];
  });
}

/** The brace that opens the body: parameters of the interface may have braces of their own. */
function bodyAfter(code: string, from: number): number {
  let angles = 0;
  for (let at = from; at < code.length; at++) {
    const character = code[at];
    if (character === "<") angles++;
    else if (character === ">" && code[at - 1] !== "=") angles--;
    else if (character === "{" && angles === 0) return at;
  }
  return code.length;
}

function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "{") depth++;
    else if (code[at] === "}" && --depth === 0) return at;
  }
  return code.length;
}

/** Without the parameters of the interface itself, whose constraints say `extends` too. */
function withoutParameters(head: string): string {
  if (!head.trimStart().startsWith("<")) return head;
  let angles = 0;
  for (let at = 0; at < head.length; at++) {
    if (head[at] === "<") angles++;
    else if (head[at] === ">" && head[at - 1] !== "=" && --angles === 0) return head.slice(at + 1);
  }
  return "";
}

/** Parts between separators that are in no brackets, without empty ones. */
function split(text: string, separator: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const [at, character] of [...text].entries()) {
    if (/[({[<]/.test(character)) depth++;
    else if (/[)}\]]/.test(character) || (character === ">" && text[at - 1] !== "=")) depth--;
    if (character === separator && (depth === 0 || separator === "|")) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim() !== "");
}
