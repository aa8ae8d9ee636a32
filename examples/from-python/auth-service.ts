// Python: examples/basic_examples/http_auth_service.py, and "@tomodachi.decorator" (require_csrf) in the README
import { randomUUID } from "node:crypto";
import { defineOptions, type HttpRequest, http, Service } from "tomodachi";

type Method<This> = (this: This, request: HttpRequest) => Promise<unknown>;

/** A decorator of your own is a function that returns another method. Write it below the decorator of the transport. */
function requireAuthToken<This extends ExampleHttpAuthService>(method: Method<This>): Method<This> {
  return async function (request) {
    if (request.body !== this.allowedToken) return [403, "Invalid token"];
    return await method.call(this, request);
  };
}

function requireCsrf<This>(method: Method<This>): Method<This> {
  return async function (request) {
    const { "x-csrf-token": token, cookie = "" } = request.headers;
    if (!token || !cookie.split("; ").includes(`csrftoken=${String(token)}`)) {
      return { status: 403, body: "Invalid CSRF token" };
    }
    return await method.call(this, request);
  };
}

export class ExampleHttpAuthService extends Service {
  name = "example-http-service";
  override options = defineOptions({ http: { port: 4711, accessLog: true } });
  readonly allowedToken: string = randomUUID();

  @http("GET", /\/get-token\/?/)
  async getToken() {
    return this.allowedToken;
  }

  @http("POST", /\/validate\/?/)
  @requireAuthToken
  async validate(_request: HttpRequest): Promise<unknown> {
    return "Valid auth token!";
  }

  @http("POST", "/create")
  @requireCsrf
  async createData(_request: HttpRequest): Promise<unknown> {
    return "OK";
  }
}
