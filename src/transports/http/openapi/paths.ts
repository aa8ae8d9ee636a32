/** Paths of routes in the form of OpenAPI: `/orders/{id}`. */

export interface OpenApiPath {
  readonly path: string;
  /** The parameters, each with the regular expression that it has to match, if any. */
  readonly parameters: ReadonlyMap<string, string | undefined>;
  /** What OpenAPI cannot express. */
  readonly note?: string;
}

/** Returns several paths if the last parameter may be left out, because OpenAPI has no optional path parameters. */
export function openApiPaths(path: string | RegExp): readonly OpenApiPath[] {
  if (path instanceof RegExp) return [ofRegExp(path)];
  const optional = /\/:([^/\-.:(]+)(\([^/]*\))?\?$/.exec(path);
  if (optional) return [ofText(path.slice(0, optional.index) || "/"), ofText(path.slice(0, -1))];
  return [ofText(path)];
}

function ofText(text: string): OpenApiPath {
  const parameters = new Map<string, string | undefined>();
  const parts = text.split(/(::|:[^/\-.:(]+(?:\([^/]*\))?|\*)/);
  const path = parts.map((part, at) => (at % 2 === 0 ? part : parameter(part, parameters))).join("");
  return { path, parameters, ...(text.endsWith("*") && { note: "`rest` may have slashes." }) };
}

function parameter(part: string, parameters: Map<string, string | undefined>): string {
  if (part === "::") return ":";
  const [, name = "rest", , pattern] = /^:([^(]+)(\((.*)\))?$/.exec(part) ?? [];
  parameters.set(name, pattern);
  return `{${name}}`;
}

/** Named groups become parameters; everything else is described as text. */
function ofRegExp({ source }: RegExp): OpenApiPath {
  const parameters = new Map<string, string | undefined>();
  let path = "";
  let rest = source.replace(/^\^/, "").replace(/\$$/, "");
  while (rest !== "") {
    const group = /^\(\?<(\w+)>/.exec(rest);
    if (group) {
      const end = groupEnd(rest);
      parameters.set(group[1] ?? "", rest.slice(group[0].length, end));
      path += `{${group[1]}}`;
      rest = rest.slice(end + 1);
    } else {
      const [literal = rest[0] ?? "", escaped] = /^\\([/.-])|^[\w/-]/.exec(rest) ?? [];
      path += /^[\w/-]$/.test(literal) ? literal : (escaped ?? "");
      rest = rest.slice(literal.length);
    }
  }
  return {
    path: path.startsWith("/") ? path : `/${path}`,
    parameters,
    note: `The path is a regular expression: \`${source}\`.`,
  };
}

/** The position of the parenthesis that closes the first one. */
function groupEnd(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  return text.length;
}
