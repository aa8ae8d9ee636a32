/**
 * Routes whose path is a regular expression. Fastify does not support them, so one route for every path, after all others, tries them in
 * their order.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HttpError } from "./http-error.ts";
import type { RouteEndpoint } from "./route-endpoint.ts";

export class RegexpRoutes {
  readonly #endpoints: RouteEndpoint[] = [];
  readonly #methods = new Set<string>();

  add(scope: FastifyInstance, endpoint: RouteEndpoint): void {
    this.#endpoints.push(endpoint);
    const { methods, bodyLimit } = endpoint.route;
    const added = methods.filter((method) => !this.#methods.has(method));
    for (const method of added) this.#methods.add(method);
    if (added.length === 0) return;
    scope.route({ method: added, url: "/*", bodyLimit, handler: (request, reply) => this.#handle(request, reply) });
  }

  #handle(request: FastifyRequest, reply: FastifyReply): void {
    const path = request.url.replace(/\?.*$/s, "");
    for (const endpoint of this.#endpoints) {
      const { methods, pattern } = endpoint.route;
      if (!answers(methods, request.method)) continue;
      const groups = pattern.regexp.exec(path)?.groups;
      if (groups === undefined && !pattern.regexp.test(path)) continue;
      request.params = decoded(groups ?? {});
      endpoint.handle(request, reply);
      return;
    }
    reply.callNotFound();
  }
}

/** GET also answers HEAD. */
export function answers(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === "HEAD" && methods.includes("GET"));
}

/**
 * The path is matched before it is decoded, and the parameters are decoded afterwards, so `%2F` in a parameter is not a slash of the path.
 */
function decoded(groups: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, value === undefined ? value : decodeURIComponent(value)]),
    );
  } catch (cause) {
    throw new HttpError(400, "The path is not correctly percent-encoded.", { cause });
  }
}
