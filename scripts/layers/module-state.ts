// No state outside of functions and instances: two services in one process must not meet in a module.
import { type SourceFile, type Violation, violation } from "./source-file.ts";
import { isIn, stateHolders } from "./table.ts";

const variable = /(?<![\w$.])(?:let|var)\s+([\w$]+|[[{])/g;
const container =
  /(?<![\w$.])const\s+([\w$]+)\s*(:(?:[^=;]|=>)*?)?=\s*(?:new\s+(?:Map|Set|WeakMap|WeakSet|Array)\b|(?:\[\s*\]|\{\s*\})(?=\s*(?:;|\n|$|as\b)))/g;

export function checkModuleState(file: SourceFile): readonly Violation[] {
  if (file.isTest || isIn(file.path, stateHolders)) return [];
  const { scanned } = file;
  const code = topLevel(scanned.code);
  const cure = "keep it in an instance that is passed on; a constant is typed readonly (ReadonlySet, ReadonlyMap)";
  const found = [
    ...code.matchAll(variable),
    ...[...code.matchAll(container)].filter(([, , type = ""]) => !/\b[Rr]eadonly/.test(type)),
  ];
  return found.map((match) =>
    violation(file, scanned.lineAt(match.index), "module-state", `${match[1]} can change`, cure),
  );
}

/** The code with everything inside brackets made unreadable; empty brackets stay empty. */
function topLevel(code: string): string {
  let depth = 0;
  return code.replace(/[^\n]/g, (character) => {
    if (/[)\]}]/.test(character)) depth--;
    const shown = depth > 0 && character !== " " ? "_" : character;
    if (/[([{]/.test(character)) depth++;
    return shown;
  });
}
