// Python: examples/basic_examples/http_middleware_service.py
import { setTimeout } from "node:timers/promises";
import { defineOptions, type HttpMiddleware, type HttpRequest, http, httpError, Service } from "tomodachi";

const middleware: HttpMiddleware = async (next, { context }) => {
  // Before the function is called
  context.logger.info("middleware before");

  const returned = await next();

  // It can also add values to the context of the function: await next({ tenant: "one" })

  // After the function was called
  context.logger.info("middleware after");
  return returned;
};

export class ExampleHttpMiddlewareService extends Service {
  name = "example-http-service";
  // Wraps each HTTP handler. If there are several, the first one is the outermost.
  override httpMiddleware = [middleware];
  override options = defineOptions({ http: { port: 4711, contentType: "text/plain; charset=utf-8", accessLog: true } });

  @http("GET", /\/example\/?/)
  async example() {
    await setTimeout(1000);
    return "友達"; // tomodachi
  }

  @http("GET", /\/example\/(?<id>[^/]+?)\/?/)
  async exampleWithId({ params }: HttpRequest) {
    return `友達 (id: ${params["id"]})`;
  }

  @httpError(404)
  async error404() {
    return "error 404";
  }
}
