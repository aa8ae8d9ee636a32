/** The types of a request: the parameters of its path, and the outputs of its schemas. */
import type { FastifyRequest } from "fastify";
import type { SchemaInput, SchemaOutput, StandardSchema } from "../../service/standard-schema.ts";

/** The HTTP methods that a handler can answer. */
export type HttpMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "QUERY";

/** Parameters of a path that the compiler cannot know, such as those of a RegExp. */
export type HttpParams = Readonly<Record<string, string | undefined>>;

/** A query without a schema. A name that comes several times is a list. */
export type HttpQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Headers of a response. */
export type HttpHeaders = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The type argument of a handler's request: `HttpRequest<{ params: { id: string }; body: Order }>`. */
export interface HttpRequestTypes {
  /** The type of the path parameters. @default strings */
  readonly params?: unknown;
  /** The type of the query. @default strings and lists of strings */
  readonly query?: unknown;
  /** The type of the body. @default unknown */
  readonly body?: unknown;
}

/** Fastify's request, with what plugins add to it. `params`, `query` and `body` have the types of the path and the schemas. */
export type HttpRequest<T extends HttpRequestTypes = object> = FastifyRequest & {
  readonly params: T extends { readonly params: infer Params } ? Params : HttpParams;
  readonly query: T extends { readonly query: infer Query } ? Query : HttpQuery;
  readonly body: T extends { readonly body: infer Body } ? Body : unknown;
};

/** Schemas of any Standard Schema library. The handler receives their output. */
export interface HttpSchema {
  /** For the body of the request. */
  readonly body?: StandardSchema | undefined;
  /** For the query. */
  readonly query?: StandardSchema | undefined;
  /** For the parameters of the path. */
  readonly params?: StandardSchema | undefined;
  /**
   * For the body of responses with a status below 300, or one schema for each status. A response that does not fit is answered with 500.
   */
  readonly response?: StandardSchema | Readonly<Record<number, StandardSchema>> | undefined;
}

/** Fastify's parameter names end before these characters. */
type NameIn<Text extends string> = CutAt<CutAt<CutAt<CutAt<Text, "/">, "-">, ".">, "(">;
type CutAt<Text extends string, End extends string> = Text extends `${infer Name}${End}${string}` ? Name : Text;

type NamesIn<Path extends string> = Path extends `${string}::${infer Rest}`
  ? NamesIn<Rest>
  : Path extends `${string}:${infer Rest}`
    ? NameIn<Rest> | NamesIn<Rest>
    : never;

type Required<Names extends string> = Names extends `${string}?` ? never : Names;
type Optional<Names extends string> = Names extends `${infer Name}?` ? Name : never;
type Wildcard<Path extends string> = Path extends `${string}*` ? "*" : never;

/** The parameters of a path: `{ id: string }` for "/orders/:id". */
export type PathParams<Path> = Path extends string
  ? string extends Path
    ? HttpParams
    : { readonly [Name in Required<NamesIn<Path>> | Wildcard<Path>]: string } & {
        readonly [Name in Optional<NamesIn<Path>>]?: string;
      }
  : HttpParams;

type Part<Schema, Name extends keyof HttpSchema, Default> = Schema extends { readonly [N in Name]: infer S }
  ? S extends StandardSchema
    ? SchemaOutput<S>
    : Default
  : Default;

type SchemaOf<Options> = Options extends { readonly schema: infer Schema } ? Schema : object;

type BodyWithout<Options> = Options extends { readonly rawBody: true } ? Buffer : unknown;

/** The type of a handler's request, from the path and the options of its decorator. */
export type RequestFor<Path, Options> = HttpRequest<{
  readonly params: Part<SchemaOf<Options>, "params", PathParams<Path>>;
  readonly query: Part<SchemaOf<Options>, "query", HttpQuery>;
  readonly body: Part<SchemaOf<Options>, "body", BodyWithout<Options>>;
}>;

type Answer<Status extends number, Body> =
  | readonly [status: Status, body: Body, headers?: HttpHeaders]
  | { readonly status: Status; readonly body: Body; readonly headers?: HttpHeaders | undefined };

type AnswerOf<Responses> = {
  [Status in keyof Responses & number]: Responses[Status] extends StandardSchema
    ? Answer<Status, SchemaInput<Responses[Status]>> | (Status extends 200 ? SchemaInput<Responses[Status]> : never)
    : never;
}[keyof Responses & number];

type AnswerFor<Response> = Response extends StandardSchema
  ? SchemaInput<Response> | Answer<number, SchemaInput<Response>>
  : AnswerOf<Response>;

/** What a handler may return: anything, or what fits the schema of the response. */
export type ResultFor<Options> =
  SchemaOf<Options> extends { readonly response: infer Response }
    ? AnswerFor<Response> | Promise<AnswerFor<Response>>
    : unknown;
