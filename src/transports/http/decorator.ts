/** @http, @httpError and @httpStatic: methods that answer HTTP requests. */
import { inspect } from "node:util";
import { createDecorator, type HandlerDecorator } from "../../service/decorator.ts";
import type { HttpContext } from "./context.ts";
import { httpTransport } from "./definition.ts";
import type { HttpPath } from "./path.ts";
import type { HttpOptions } from "./route-options.ts";
import type { HttpMethod, HttpRequest, RequestFor, ResultFor } from "./route-types.ts";
import type { HttpStaticOptions } from "./static-files.ts";

/** The result of `http()`: a method decorator in both forms, and a trigger for `on()`. */
export type HttpDecorator<Path = HttpPath, Options = HttpOptions> = HandlerDecorator<
  RequestFor<Path, Options>,
  HttpContext,
  ResultFor<Options>
>;

/** The type of the request for a decorator that has a name: `const createOrder = http("POST", "/orders", { schema })`. */
export type HttpRequestOf<D> = D extends HandlerDecorator<infer Request, HttpContext> ? Request : never;

/**
 * Answers requests with this method (or these methods) and this path. The response is what the method returns: a string, an object (as
 * JSON), a Buffer, a stream, a web `Response`, `[status, body, headers]`, `{ status, body, headers }`, or nothing (204). If it throws an
 * `HttpError`, that is the response. Any other error is logged, and the response is 500.
 *
 * The path is a path of Fastify (`/orders/:id`, `/files/*`), or a RegExp whose named groups are the parameters. GET also answers HEAD.
 * Wrong options, and two handlers for the same request, stop the start.
 *
 * @example
 * ```ts
 * @http("GET", "/orders/:id")
 * async order({ params }: HttpRequest<{ params: { id: string } }>) {
 *   return { id: params.id };
 * }
 *
 * @http(["POST", "PUT"], /\/orders\/(?<id>\d+)/, { bodyLimit: "10MB" })
 * async change(request: HttpRequest, { logger }: HttpContext) {}
 * ```
 */
export function http<const Path extends HttpPath, const Options extends HttpOptions = object>(
  method: HttpMethod | Lowercase<HttpMethod> | readonly (HttpMethod | Lowercase<HttpMethod>)[],
  path: Path,
  options?: Options,
): HttpDecorator<Path, Options> {
  const trigger = { kind: "route", methods: method, path, options } as const;
  return createDecorator(httpTransport, trigger, `@http(${shown(method)}, ${shown(path)})`);
}

/**
 * Makes the response for errors with this status: those of requests that reach no handler (404, 405, 400, 500), and an `HttpError` that a
 * handler threw. What it returns is sent with this status, unless it sets another one. `context.error` is what was thrown.
 *
 * @example
 * ```ts
 * @httpError(404)
 * async notFound({ url }: HttpRequest) {
 *   return { error: `There is nothing at ${url}.` };
 * }
 * ```
 */
export function httpError(status: number): HandlerDecorator<HttpRequest, HttpContext> {
  return createDecorator(httpTransport, { kind: "error", status }, `@httpError(${shown(status)})`);
}

/**
 * Serves the files of a folder below a path. Files outside the folder are never served, whatever the request contains and wherever links
 * lead. If the path is a RegExp, its group `filename` is the name of the file. The method itself is not called. If the folder does not
 * exist, the start fails.
 *
 * @param folder an absolute path, a `file:` URL, or a path relative to the working directory
 * @example
 * ```ts
 * @httpStatic(new URL("./public", import.meta.url), "/static")
 * files() {}
 * ```
 */
export function httpStatic(
  folder: string | URL,
  path: HttpPath,
  options?: HttpStaticOptions,
): HandlerDecorator<HttpRequest, HttpContext> {
  const trigger = { kind: "static", folder, path, options } as const;
  return createDecorator(httpTransport, trigger, `@httpStatic(${shown(String(folder))}, ${shown(path)})`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}
