/** The routes of the OpenAPI document and its page. They are routes like any other, so middleware also wraps them. */
import type { HttpEndpointSettings } from "./endpoint.ts";
import { type OpenApiInfo, type OpenApiRoute, openApiDocument } from "./openapi/document.ts";
import { openApiPage, pagePolicy } from "./openapi/page.ts";
import { pathPattern } from "./path.ts";
import type { ResolvedOpenApi } from "./resolve-options.ts";
import type { RouteEndpoint } from "./route-endpoint.ts";
import type { ResolvedRoute } from "./route-options.ts";

export interface AddedRoute {
  readonly handler: Pick<HttpEndpointSettings["handler"], "name" | "label" | "call">;
  readonly route: ResolvedRoute;
}

/** Both are made from the routes of the service, once, at the first request. */
export function openApiRoutes(options: ResolvedOpenApi, endpoints: readonly RouteEndpoint[]): readonly AddedRoute[] {
  const { path, page, ...info } = options;
  const document = once(() => openApiDocument(info satisfies OpenApiInfo, endpoints.map(described)));
  const html = once(() => openApiPage(document(), path));
  const json = once(() => JSON.stringify(document()));
  const added = [route("openapi document", path, () => answer(json(), "application/json; charset=utf-8"))];
  if (page !== false) {
    const headers = { "content-security-policy": pagePolicy, "x-content-type-options": "nosniff" };
    added.push(route("openapi page", page, () => answer(html(), "text/html; charset=utf-8", headers)));
  }
  return added;
}

function described({
  name,
  route: { methods, path, schema, rawBody, openapi },
  isWebSocket,
}: RouteEndpoint): OpenApiRoute {
  return { name, methods, path, schema, rawBody, isWebSocket, description: openapi };
}

function route(name: string, path: string, call: () => unknown): AddedRoute {
  const label = `options.http.openapi (${path})`;
  return {
    handler: { name, label, call },
    route: {
      methods: ["GET"],
      path,
      pattern: pathPattern(path, label),
      schema: {},
      bodyLimit: 1024,
      rawBody: false,
      timeoutSeconds: undefined,
      ignoreLogging: false,
      openapi: { hidden: true },
    },
  };
}

function answer(body: string, type: string, headers: Readonly<Record<string, string>> = {}): unknown {
  return { status: 200, body, headers: { "content-type": type, ...headers } };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
