/**
 * Routing keys with parameters, for contracts: in `order.{id}.paid` each parameter is one whole word. The value of `{email:encoded}` may be
 * any text: it is encoded into one word, and decoded where the message is handled.
 */
import { AmqpError } from "../../../amqp-client/errors.ts";
import { decodeRoutingKey } from "../names/routing-key.ts";
import { decodeParam, encodeParam } from "./encoded-param.ts";

/** The names of a key's parameters; any name if the type of the key is not a literal. */
export type ParamNames<Key extends string> = string extends Key
  ? string
  : Key extends `${string}{${infer Name}}${infer Rest}`
    ? PlainName<Name> | ParamNames<Rest>
    : never;

/** The name of a parameter without `:encoded`. */
type PlainName<Name extends string> = Name extends `${infer Plain}:encoded` ? Plain : Name;

/** The parameters of a key, each a string: `{ id: string }` for `order.{id}.paid`. */
export type ParamsOf<Key extends string> = { readonly [Name in ParamNames<Key>]: string };

/** How the parameters of a key are passed: required if the key has some, refused if it has none. */
export type ParamsOption<Params> = keyof Params extends never
  ? { readonly params?: Readonly<Record<string, never>> | undefined }
  : { readonly params: Params };

/** A parsed key. */
export interface KeyTemplate {
  /** The key as it was written. */
  readonly key: string;
  /** The pattern that binds a queue: each parameter is `*`. */
  readonly pattern: string;
  /** The words of the key. A parameter is represented by its name. */
  readonly words: readonly KeyWord[];
  readonly names: readonly string[];
}

interface KeyWord {
  readonly text: string;
  readonly isParam: boolean;
  /** Whether its value may be any text. */
  readonly isEncoded: boolean;
}

const paramWord = /^\{([A-Za-z][A-Za-z0-9_]*)(:encoded)?\}$/;

/** Parses a key; returns the problems, as whole sentences, if it is not valid. */
export function parseKeyTemplate(key: string): KeyTemplate | readonly string[] {
  const words = key.split(".").map((text): KeyWord => {
    const [, name, encoded] = paramWord.exec(text) ?? [];
    if (name === undefined) return { text, isParam: false, isEncoded: false };
    return { text: name, isParam: true, isEncoded: encoded !== undefined };
  });
  const names = words.filter(({ isParam }) => isParam).map(({ text }) => text);
  const problems = words.flatMap(({ text, isParam }) => (isParam ? [] : wordProblems(text)));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`It has the parameter {${twice}} twice. Give each parameter its own name.`);
  if (problems.length > 0) return problems;
  const pattern = words.map(({ text, isParam }) => (isParam ? "*" : text)).join(".");
  return Object.freeze({ key, pattern, words: Object.freeze(words), names: Object.freeze(names) });
}

function wordProblems(word: string): string[] {
  if (word === "*" || word === "#") {
    return [`"${word}" cannot be part of a key to publish with. Write a parameter, as in "order.{id}.paid".`];
  }
  if (!/[{}]/.test(word)) return [];
  return [
    `"${word}" is not a valid word or parameter. A parameter is a whole word between dots. Its name is a letter, then letters, digits or _, as in "order.{id}.paid". Add ":encoded" if its values may contain a dot, as in "user.{email:encoded}.changed".`,
  ];
}

/** Why the key's pattern cannot bind a queue to an exchange of this type. */
export function exchangeProblems({ names }: KeyTemplate, exchangeType = "topic"): string[] {
  if (names.length === 0 || exchangeType === "topic") return [];
  return [
    `options.exchangeType is "${exchangeType}": parameters of a key (${names.join(", ")}) need a topic exchange.`,
  ];
}

/**
 * Fills in the parameters of a key.
 * @throws ERR_AMQP_KEY_PARAMETER when one is missing, unknown, or cannot be a word of a key
 */
export function fillKey({ key, words, names }: KeyTemplate, params: unknown): string {
  const given = (params ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof given !== "object" || Array.isArray(given)) {
    throw wrongParameter(key, `params must be an object, not ${describe(given)}`, names);
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw wrongParameter(key, `it has no parameter "${name}"`, names);
  }
  let filled = "";
  for (const [index, word] of words.entries()) {
    const { text, isParam } = word;
    if (index > 0) filled += ".";
    filled += isParam ? paramOf(key, word, Object.hasOwn(given, text) ? given[text] : undefined, names) : text;
  }
  return filled;
}

/** The parameters in the key of a delivered message, which is decoded and without prefix; undefined if the key does not match. */
export function readParams({ words }: KeyTemplate, routingKey: string): Readonly<Record<string, string>> | undefined {
  const parts = routingKey.split(".");
  if (parts.length !== words.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, { text, isParam, isEncoded }] of words.entries()) {
    const part = parts[index] ?? "";
    if (!isParam) {
      if (part !== text) return undefined;
      continue;
    }
    const value = isEncoded ? decodeParam(part) : part;
    if (value === undefined) return undefined;
    params[text] = value;
  }
  return Object.freeze(params);
}

/** The parameters from the first of these templates that the key matches; empty without templates. */
export function paramsIn(templates: readonly KeyTemplate[], routingKey: string): Readonly<Record<string, string>> {
  for (const template of templates) {
    const params = readParams(template, routingKey);
    if (params) return params;
  }
  if (templates.every(({ names }) => names.length === 0)) return noParams;
  const keys = templates.map(({ key }) => `"${key}"`).join(" or ");
  throw new AmqpError(
    "ERR_AMQP_KEY_MISMATCH",
    `context.params has no value: the message has the routing key ${JSON.stringify(routingKey)}, which does not match ${keys}. ` +
      "Publish it with a matching key, or do not read context.params.",
  );
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

function paramOf(key: string, { text: name, isEncoded }: KeyWord, value: unknown, names: readonly string[]): string {
  if (value === undefined) throw wrongParameter(key, `the parameter "${name}" is missing`, names);
  if (typeof value !== "string") {
    throw wrongParameter(key, `the parameter "${name}" must be a string, not ${describe(value)}`, names);
  }
  const word = isEncoded ? encodeParam(value) : value;
  const why = wordProblem(word, name);
  if (why === undefined) return word;
  throw wrongParameter(key, `the parameter "${name}" is ${describe(value)}, which ${why}`, names);
}

/** Why a string cannot be one word of a key, or would be read as another string. */
function wordProblem(value: string, name: string): string | undefined {
  if (value === "") return "is empty";
  if (value.includes(".")) return `contains a dot. Write the parameter as {${name}:encoded} in the contract`;
  if (value === "*" || value === "#") return "matches any word in a broker";
  if (decodeRoutingKey(value) !== value)
    return "looks like an encoded character (___ and hex), so it would be decoded to another string";
  return undefined;
}

function wrongParameter(key: string, problem: string, names: readonly string[]): AmqpError {
  const needed = names.length === 0 ? "It has no parameters." : `It needs params: { ${names.join(", ")} }.`;
  return new AmqpError("ERR_AMQP_KEY_PARAMETER", `Cannot publish with the key "${key}": ${problem}. ${needed}`);
}

/** A value, shortened for a message. */
function describe(value: unknown): string {
  if (typeof value !== "string") return value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}
