/** Requests without a route: the answer is 404, 405 with the allowed methods, or that of OPTIONS. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HttpError } from "./http-error.ts";
import type { OpenRequest } from "./open-request.ts";
import { answers } from "./regexp-routes.ts";
import { type HttpMember, openOf } from "./scope.ts";

/** The `@httpError` handlers of `member` answer. The routes are those of all members of the server. */
export function answerNotFound(scope: FastifyInstance, member: HttpMember, members: readonly HttpMember[]): void {
  scope.setNotFoundHandler((request, reply) => {
    const open = openOf(member, request, reply);
    const methods = methodsFor(request, members);
    if (methods.length > 0 && request.method === "OPTIONS") answerOptions(reply, methods);
    else void refuse(open, member, methods);
  });
}

function answerOptions(reply: FastifyReply, methods: readonly string[]): void {
  reply.code(204).header("allow", methods.join(", ")).send();
}

async function refuse(open: OpenRequest, { failures }: HttpMember, methods: readonly string[]): Promise<void> {
  const { method, url } = open.request;
  const path = pathOf(url);
  // A route that matched may answer that there is nothing: a regular expression, or `reply.callNotFound()`.
  const isKnown = answers(methods, method);
  if (methods.length === 0 || isKnown) {
    await failures.answer(open, new HttpError(404, `There is nothing at ${path}.`), "fastify");
    return;
  }
  const allow = methods.join(", ");
  const detail = `${path} accepts ${allow}, not ${method}.`;
  await failures.answer(open, new HttpError(405, detail, { headers: { allow } }), "fastify");
}

/** The methods of all routes with this path, HEAD and OPTIONS included. Only called for a request without a route. */
function methodsFor({ url }: FastifyRequest, members: readonly HttpMember[]): string[] {
  const path = pathOf(url);
  const found = members
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ route }) => route.pattern.regexp.test(path))
    .flatMap(({ route }) => route.methods as readonly string[]);
  if (found.length === 0) return [];
  if (found.includes("GET")) found.push("HEAD");
  return [...new Set([...found, "OPTIONS"])].sort();
}

function pathOf(url: string): string {
  return url.replace(/\?.*$/s, "");
}
