// Python: examples/basic_examples/http_basic_auth_middleware.py, and "Function signature keywords" in the README
import { timingSafeEqual } from "node:crypto";
import { defineOptions, type HttpContext, type HttpMiddleware, type HttpRequest, http, Service } from "tomodachi";

function basicAuth(username: string, password: string): HttpMiddleware {
  const valid = Buffer.from(`${username}:${password}`);
  return async (next, { context }) => {
    const { authorization = "" } = context.headers;
    const [, encoded = ""] = /^Basic (\S+)$/.exec(authorization) ?? [];
    const given = Buffer.from(encoded, "base64");
    // The handler, and the middleware inside this one, find the name in their context.
    if (given.length === valid.length && timingSafeEqual(given, valid)) return await next({ username });
    if (authorization) return [401, { status: "auth required", error: "bad credentials" }];
    return [401, { status: "auth required" }];
  };
}

export class ExampleHttpBasicAuthService extends Service {
  name = "example-http-service";
  override httpMiddleware = [basicAuth("example", "example")];
  override options = defineOptions({ http: { port: 4711 } });

  @http("GET", "/")
  async index(_request: HttpRequest, { username }: HttpContext & { username?: string }) {
    return { status: "authenticated", username };
  }
}
