/** What `@http`, `@httpError` and `@httpStatic` store on a class, and how it is resolved. */
import { inspect } from "node:util";
import { refuseProblems } from "../../service/errors.ts";
import { isStandardSchema } from "../../service/standard-schema.ts";
import {
  type FieldCheck,
  type FieldChecks,
  fieldProblems,
  flag,
  nonEmptyText,
  otherNameOf,
  seconds,
  texts,
} from "../../util/check-fields.ts";
import type { IgnoreLogging } from "./open-request.ts";
import type { RouteDescription } from "./openapi/document.ts";
import { type HttpPath, type PathPattern, pathPattern } from "./path.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import type { HttpMethod, HttpSchema } from "./route-types.ts";
import { type ByteSize, parseSize, sizeWithin } from "./size.ts";

/** The options of `@http`. */
export interface HttpOptions {
  /**
   * Schemas of any Standard Schema library. A request that does not fit is answered with 400 and the issues. @default none: nothing is
   * checked
   */
  readonly schema?: HttpSchema | undefined;
  /** The largest body. A larger one is answered with 413. @default `options.http.bodyLimit` of the service */
  readonly bodyLimit?: ByteSize | undefined;
  /**
   * true: `request.body` is a Buffer, whatever the content type is. Use it to check a signature, which is made from the exact bytes.
   * @default false
   */
  readonly rawBody?: boolean | undefined;
  /** The time limit in seconds. After it the signal aborts, and the answer is 503. @default `options.http.timeoutSeconds` of the service */
  readonly timeoutSeconds?: number | undefined;
  /** Which requests the access log leaves out: true for all, or a list of statuses. @default false: none */
  readonly ignoreLogging?: IgnoreLogging | undefined;
  /** Describes the route in the OpenAPI document, beside its schemas. @default only the schemas */
  readonly openapi?: RouteDescription | undefined;
}

/** What a decorator stores. */
export type HttpTrigger =
  | { readonly kind: "route"; readonly methods: unknown; readonly path: unknown; readonly options: unknown }
  | { readonly kind: "error"; readonly status: unknown }
  | { readonly kind: "websocket"; readonly path: unknown; readonly options: unknown }
  | { readonly kind: "static"; readonly folder: unknown; readonly path: unknown; readonly options: unknown };

/** A complete route. */
export interface ResolvedRoute {
  readonly methods: readonly HttpMethod[];
  readonly path: HttpPath;
  /** The path with the prefix of the service. */
  readonly pattern: PathPattern;
  readonly schema: HttpSchema;
  readonly bodyLimit: number;
  readonly rawBody: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly ignoreLogging: IgnoreLogging;
  readonly openapi: RouteDescription;
}

const allMethods: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"];

const schema: FieldCheck = { expected: "a schema of a Standard Schema library", fits: isStandardSchema };

const response: FieldCheck = {
  expected: "a schema, or an object of schemas by status",
  fits: (value) => isStandardSchema(value) || (isObject(value) && Object.entries(value).every(isStatusSchema)),
};

function isStatusSchema([status, value]: readonly [string, unknown]): boolean {
  return /^[2-5]\d\d$/.test(status) && isStandardSchema(value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Checks which requests the access log leaves out. */
export const ignoreLoggingCheck: FieldCheck = {
  expected: "true, false or a list of statuses",
  fits: (value) => typeof value === "boolean" || (Array.isArray(value) && value.every(Number.isInteger)),
};

/** Checks the description of a route. */
export const openApiCheck: FieldCheck = {
  expected: "an object with summary, description, tags, deprecated and hidden",
  fits: isObject,
  fields: { summary: nonEmptyText, description: nonEmptyText, tags: texts, deprecated: flag, hidden: flag },
};

const routeChecks: FieldChecks = {
  schema: {
    expected: "an object with body, query, params and response",
    fits: isObject,
    fields: { body: schema, query: schema, params: schema, response, querystring: otherNameOf("query") },
  },
  bodyLimit: sizeWithin(1, 1024 ** 3),
  rawBody: flag,
  timeoutSeconds: seconds,
  ignoreLogging: ignoreLoggingCheck,
  openapi: openApiCheck,
  summary: otherNameOf("openapi"),
  description: otherNameOf("openapi"),
  tags: otherNameOf("openapi"),
  accessLog: otherNameOf("ignoreLogging"),
  handlerTimeout: otherNameOf("timeoutSeconds"),
};

type RouteTrigger = Extract<HttpTrigger, { readonly kind: "route" }>;

/** Checks the arguments of `@http`. Throws one error that lists every problem. */
export function resolveRoute(trigger: RouteTrigger, service: ResolvedHttp, label: string): ResolvedRoute {
  const given = trigger.options ?? {};
  const { methods, problem } = methodsOf(trigger.methods);
  refuseProblems(label, [...(problem ? [problem] : []), ...fieldProblems(given, "options", routeChecks)]);
  const options = given as HttpOptions;
  const path = withPrefix(service.prefix, trigger.path as HttpPath);
  return Object.freeze({
    methods,
    path,
    pattern: pathPattern(path, label),
    schema: options.schema ?? {},
    bodyLimit: parseSize(options.bodyLimit) ?? service.bodyLimit,
    rawBody: options.rawBody ?? false,
    timeoutSeconds: options.timeoutSeconds ?? service.timeoutSeconds,
    ignoreLogging: options.ignoreLogging ?? false,
    openapi: options.openapi ?? {},
  });
}

/** Adds the prefix to a path, also to a regular expression. */
export function withPrefix(prefix: string, path: HttpPath): HttpPath {
  if (prefix === "") return path;
  if (!(path instanceof RegExp))
    return typeof path === "string" && path.startsWith("/") ? prefix + (path === "/" ? "" : path) : path;
  const literal = prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal}${path.source.replace(/^\^/, "")}`, path.flags);
}

function methodsOf(given: unknown): { readonly methods: readonly HttpMethod[]; readonly problem?: string } {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const methods = list.map((one) => (typeof one === "string" ? one.toUpperCase() : one));
  const wrong = methods.find((one) => !allMethods.includes(one as string));
  if (list.length > 0 && wrong === undefined) return { methods: [...new Set(methods)] as HttpMethod[] };
  const but = list.length === 0 ? "an empty list was given" : `${inspect(wrong)} was given`;
  return { methods: [], problem: `the method must be one of ${allMethods.join(", ")}, or a list of them, but ${but}.` };
}
