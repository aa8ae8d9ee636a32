// Python: examples/basic_examples/http_simple_service.py
import { setTimeout } from "node:timers/promises";
import {
  defineOptions,
  type HttpRequest,
  http,
  httpError,
  httpStatic,
  Service,
  type WebSocketContext,
  websocket,
} from "tomodachi";

export class ExampleHttpService extends Service {
  name = "example-http-service";
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

  @http("GET", /\/response\/?/)
  async responseObject() {
    return new Response('{"data": true}', { status: 200, headers: { "content-type": "application/json" } });
  }

  @http("POST", "/post", { rawBody: true })
  async postRequestHandler({ body }: HttpRequest<{ body: Buffer }>) {
    return body.toString();
  }

  @httpStatic(new URL("./static", import.meta.url), "/static/")
  async staticFiles() {
    // This function is never called. The files are served below /static/.
  }

  @websocket(/\/websocket\/?/)
  async websocketConnection(_request: HttpRequest, { socket, logger }: WebSocketContext) {
    logger.info("websocket client connected");

    const receive = async (data: string): Promise<void> => {
      logger.info(`websocket data received: ${data}`);
      await socket.send("response");
    };
    const close = async (): Promise<void> => {
      logger.info("websocket closed");
    };
    return [receive, close] as const;
  }

  @httpError(404)
  async error404() {
    return "error 404";
  }
}
