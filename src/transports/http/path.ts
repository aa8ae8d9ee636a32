/** Paths of routes: in Fastify's form, and as regular expressions, which Python uses. */
import { ConfigurationError } from "../../service/errors.ts";

/** The path in a decorator. */
export type HttpPath = string | RegExp;

/** A pattern that is compared with the path of a request, to find out which methods the path has. */
export interface PathPattern {
  /** The path as text. */
  readonly text: string;
  /** Equal for two paths that match the same requests, whatever the names of their parameters. */
  readonly shape: string;
  readonly regexp: RegExp;
}

/** @throws ConfigurationError for a path that no request can have */
export function pathPattern(path: HttpPath, label: string): PathPattern {
  if (path instanceof RegExp) return regexPattern(path, label);
  const problem = problemOfPath(path);
  if (problem) throw wrong(label, `the path ${JSON.stringify(path)} ${problem}`);
  if (/:[^/\-.:(]+\([^)]*$/.test(path)) throw wrong(label, `the path ${JSON.stringify(path)} has a "(" without a ")"`);
  const parts = path.split(/(::|:[^/\-.:(]+(?:\([^/]*\))?\??|\*)/);
  const source = parts.map((part, index) => (index % 2 === 0 ? escaped(part) : parameterSource(part))).join("");
  // "/orders/:id?" also matches "/orders".
  const regexp = compiled(`^${source.replace(/\/\(\?:\[\^\/\]\+\)\?$/, "(?:/[^/]*)?")}$`, label);
  return { text: path, shape: parts.map((part, index) => (index % 2 === 0 ? part : shapeOf(part))).join(""), regexp };
}

/** The anchors `^` and `$` are optional, as in Python: the whole path has to match in any case. */
function regexPattern({ source, flags }: RegExp, label: string): PathPattern {
  const bare = source.replace(/^\^/, "").replace(/(?<!\\)((?:\\\\)*)\$$/, "$1");
  // Removes "g" and "y": with these flags a regular expression remembers its position between two requests.
  const regexp = compiled(`^(?:${bare})$`, label, flags.replace(/[gy]/g, ""));
  return { text: `/${source}/${flags}`, shape: `/${source}/${flags}`, regexp };
}

function problemOfPath(path: unknown): string | undefined {
  if (typeof path !== "string" || path === "")
    return 'is not a path. Write a string such as "/orders/:id", or a RegExp';
  if (path !== "*" && !path.startsWith("/")) return 'must begin with "/"';
  if (/[?#]/.test(path.replace(/\?$/, ""))) return "must not have a query or a fragment";
  if (/[\s\p{Cc}]/u.test(path)) return "must not have spaces or control characters: write them percent-encoded";
  if (/\*./.test(path)) return 'has a "*" before its end. Use a RegExp';
  return undefined;
}

function parameterSource(part: string): string {
  if (part === "::") return ":";
  if (part === "*") return ".*";
  const own = /\((.*)\)\??$/.exec(part)?.[1]?.replace(/^\^|\$$/g, "");
  const source = `(?:${own ?? "[^/]+"})`;
  return part.endsWith("?") ? `${source}?` : source;
}

function shapeOf(part: string): string {
  return part.replace(/^:[^(?]+/, (name) => (name === "::" ? name : ":"));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function compiled(source: string, label: string, flags = ""): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw wrong(label, `the path cannot be read: ${(error as Error).message}`);
  }
}

function wrong(label: string, problem: string): ConfigurationError {
  const sentence = `${problem}.`;
  return new ConfigurationError(`${label}: ${sentence}`, { place: label, problems: [sentence] });
}
