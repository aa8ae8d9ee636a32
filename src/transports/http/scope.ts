/** What one service adds to a Fastify application: its plugins, its routes, and the answers for errors. */
import type { FastifyError, FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { messageOf } from "../../errors.ts";
import { ServiceError } from "../../service/errors.ts";
import type { HttpFailures } from "./failures.ts";
import { OpenRequest, openRequest } from "./open-request.ts";
import type { OpenRequests } from "./open-requests.ts";
import type { HttpPlugin } from "./options.ts";
import { RegexpRoutes } from "./regexp-routes.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import type { RouteEndpoint } from "./route-endpoint.ts";
import type { HttpRequest } from "./route-types.ts";
import type { Connections } from "./websocket/connections.ts";
import { routeUpgrades } from "./websocket/upgrade.ts";

/** A service with HTTP handlers, as a server sees it. */
export interface HttpMember {
  readonly service: string;
  readonly options: ResolvedHttp;
  readonly endpoints: readonly RouteEndpoint[];
  readonly failures: HttpFailures;
  /** Requests that are not answered yet. */
  readonly open: OpenRequests;
  readonly sockets: Connections;
  /** Whether it needs the times of its requests. */
  readonly asksForTimes: boolean;
  /** A request has arrived for this service, or for no service. */
  opened(open: OpenRequest): void;
  /** The answer was sent, or the client disconnected. */
  closed(open: OpenRequest, answered: boolean): void;
}

/** Registers a member. Resolves in Fastify's own order of plugins, before the application is ready. */
export function addMember(
  app: FastifyInstance,
  member: HttpMember,
  inside: (scope: FastifyInstance) => void = () => {},
): void {
  void app.register(async (scope) => {
    scope.decorateRequest(openRequest, null as unknown as OpenRequest);
    scope.addHook("onRequest", (request, reply, done) => {
      open(member, request, reply).begin(done);
    });
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      void member.failures.answer(openOf(member, request, reply), error, "fastify");
    });
    for (const plugin of member.options.plugins) {
      const [register, options = {}] = isWithOptions(plugin) ? plugin : [plugin];
      await scope.register(register as FastifyPluginCallback, options);
    }
    addRoutes(scope, member);
    addUpgrades(app, scope, member);
    inside(scope);
  });
}

/** Adds a member to an application of the user. @throws ServiceError ERR_HTTP_START if the application has started already */
export function addToApp(app: FastifyInstance, member: HttpMember): void {
  try {
    addMember(app, member);
  } catch (error) {
    const cure = "Call runServices() before ready() or listen() of the application";
    throw new ServiceError(
      "ERR_HTTP_START",
      `options.http.app accepts no more handlers: ${messageOf(error)}. ${cure}.`,
      {
        cause: error,
      },
    );
  }
}

function isWithOptions(plugin: HttpPlugin): plugin is Extract<HttpPlugin, readonly unknown[]> {
  return Array.isArray(plugin);
}

/** Records the arrival of a request and its end. */
function open(member: HttpMember, request: FastifyRequest, reply: FastifyReply): OpenRequest {
  const opened = new OpenRequest(request as HttpRequest, reply, member);
  (request as { [openRequest]?: OpenRequest })[openRequest] = opened;
  member.opened(opened);
  return opened;
}

/** The open request of a Fastify request. If Fastify failed before it called the hook, it is opened here. */
export function openOf(member: HttpMember, request: FastifyRequest, reply: FastifyReply): OpenRequest {
  return (OpenRequest.of(request) as OpenRequest | null | undefined) ?? open(member, request, reply);
}

/** Called when all plugins have loaded, because a plugin may also handle upgrades. */
function addUpgrades(app: FastifyInstance, scope: FastifyInstance, { endpoints }: HttpMember): void {
  const paths = endpoints.filter(({ isWebSocket }) => isWebSocket).map(({ route }) => route.pattern.regexp);
  if (paths.length === 0) return;
  scope.addHook("onReady", async () => {
    routeUpgrades(app.server, {
      isOurs: (path) => paths.some((regexp) => regexp.test(path)),
      route: (request, response) => app.routing(request, response),
    });
  });
}

function addRoutes(scope: FastifyInstance, { endpoints }: HttpMember): void {
  const regexps = new RegexpRoutes();
  addPlain(
    scope,
    endpoints.filter(({ route }) => !route.rawBody),
    regexps,
  );
  const raw = endpoints.filter(({ route }) => route.rawBody);
  if (raw.length > 0) {
    void scope.register(async (inner) => {
      inner.removeAllContentTypeParsers();
      inner.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      addPlain(inner, raw, regexps);
    });
  }
}

function addPlain(scope: FastifyInstance, endpoints: readonly RouteEndpoint[], regexps: RegexpRoutes): void {
  for (const endpoint of endpoints) {
    const { methods, path, bodyLimit } = endpoint.route;
    if (path instanceof RegExp) regexps.add(scope, endpoint);
    else scope.route({ method: [...methods], url: path, bodyLimit, handler: endpoint.handle });
  }
}
