/** @http, @httpError and @httpStatic: methods that answer requests of HTTP. */
import { inspect } from "node:util";
import { createDecorator, type HandlerDecorator } from "../../service/decorator.ts";
import type { HttpContext } from "./context.ts";
import type { HttpPath } from "./path.ts";
import type { HttpOptions } from "./route-options.ts";
import type { HttpMethod, HttpRequest, RequestFor, ResultFor } from "./route-types.ts";
import type { HttpStaticOptions } from "./static-files.ts";
import { httpTransport } from "./transport.ts";

/** The result of `http()`: a method decorator of both forms, and a trigger for `on()`. */
export type HttpDecorator<Path = HttpPath, Options = HttpOptions> = HandlerDecorator<
  RequestFor<Path, Options>,
  HttpContext,
  ResultFor<Options>
>;

/** The request of a decorator that has a name: `const createOrder = http("POST", "/orders", { schema })`. */
export type HttpRequestOf<D> = D extends HandlerDecorator<infer Request, HttpContext> ? Request : never;

/**
 * Answers requests with these methods and this path by what the method returns: a string, an object (JSON), a Buffer, a stream, a web
 * `Response`, `[status, body, headers]`, `{ status, body, headers }`, or nothing (204). An `HttpError` that it throws is the answer; any
 * other error is logged, and answered with 500.
 *
 * A path is one of Fastify (`/orders/:id`, `/files/*`), or a RegExp whose named groups are the parameters. GET answers HEAD as well.
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
 * Answers for errors with this status: those that no handler answers (404, 405, 400, 500) and an `HttpError` that a handler threw. What it
 * returns is sent with this status, unless it says another. `context.error` is what was thrown.
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
 * Serves the files of a folder below a path; nothing outside of the folder, whatever the request says and wherever links lead. A RegExp
 * as path has a group `filename`. The method itself is not called.
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
